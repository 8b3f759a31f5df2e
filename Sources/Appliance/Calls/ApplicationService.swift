import Configuration
import HTTP
import LinuxIO
import Primitives
import Signaling
import TURN
import WebAPI

/// The service of a daemon that is given no other: callers' WebSockets, what applications ask, and
/// the pages.
final class ApplicationService: WebService {
    let pages = Pages()
    private let digest = SecretDigest(key: Entropy.bytes(32))
    private(set) var router: WebRouter
    private var desk: RelayAccessDesk?
    private(set) var signaling: SignalingDesk?
    /// The last connection test that the log knows of.
    private var loggedReport: UInt64 = 0
    /// Whose numbers `/metrics` begins with.
    weak var relay: (any MetricsSource & AnyObject)?
    /// Who answers the administration.
    weak var room: (any AdministrationRoom)?

    /// Frames have the same bound in `Signaling`; what is said to those beyond is its code.
    let webSocketLimits = {
        var limits = WebSocketLimits()
        limits.slowCode = WebSocketCloseCode(rawValue: CloseCode.slowConsumer.rawValue)
        limits.tooBigCode = WebSocketCloseCode(rawValue: CloseCode.tooLarge.rawValue)
        // A session that comes back is sent all that it missed at once; one that could never take
        // it would come back for ever. The rest is for the welcome and the heads of frames.
        limits.outputBytesMax = Outbox.bytesMax + RequestLog.answerBytesMax + 65_536
        return limits
    }()

    init() { router = WebRouter(WebSettings(), signer: digest) }

    /// Takes callers from now on.
    func open(_ signaling: SignalingDesk) { self.signaling = signaling }

    /// Takes over what the configuration says now; called at the start and after each reload.
    func apply(
        _ web: ServerConfiguration.Web, _ calls: ServerConfiguration.Calls,
        _ desk: RelayAccessDesk, ports: [UInt16]
    ) {
        var settings = WebSettings()
        settings.lifetime = web.credentialsLifetime
        settings.separator = desk.credentials.separator
        for key in web.keys { settings.keys.add(key.name, key: key.key, signer: digest) }
        if let token = calls.adminToken {
            settings.adminTokens.add("admin", key: token, signer: digest)
        }
        // The reader let only origins pass; one that HTTP takes for none allows nobody.
        try? settings.allow(origins: web.origins)
        router.settings = settings
        self.desk = desk
        if let signaling {
            CallsSetup(configuration: calls, web: web, desk: desk, ports: ports)
                .apply(to: signaling)
        }
    }

    func answer(_ request: WebRequest) -> WebAnswer {
        if let signaling, signaling.serves(request.request.target) {
            return signaling.answer(request)
        }
        if let administration = Administration(request) { return answer(administration, request) }
        let now = Clock.now()
        if let desk,
            let response = router.answer(
                request.request, issuer: desk, calls: signaling, relay: relay,
                from: Self.client(of: request), at: now)
        {
            signaling?.carryOut(at: now)
            return .response(response)
        }
        return pages.answer(request)
    }

    /// Who may use the administration; ends before the administration begins, which may reload
    /// what the router knows.
    func judge(_ request: HTTPRequest, from client: IPAddress) -> AdminGate.Verdict {
        router.judge(request, from: client, at: Clock.monotonic())
    }

    /// Nil for what a proxy passed on that the configuration does not know.
    private static func client(of request: WebRequest) -> IPAddress? {
        let ip = request.client.ip
        return ip.isLoopback && request.request.fields["x-forwarded-for"] != nil ? nil : ip
    }

    /// What people found when they tested their connection.
    var reports: ReportShelf { router.reports }

    func opened(_ link: WebSocketLink) { signaling?.opened(link) }

    func received(_ message: WebSocketMessage, on link: WebSocketLink) {
        signaling?.received(message, on: link)
    }

    func closed(_ link: WebSocketLink, _ end: WebSocketEnd) { signaling?.closed(link) }
}

// Time and the end.
extension ApplicationService {
    var nextDeadline: MonotonicTime { signaling?.nextDeadline ?? .never }

    func tick(at now: Now) { signaling?.tick(at: now) }

    /// Load balancers hear it first; then callers, over the time until `deadline` (calls.md 2.7).
    func drain(at now: Now, deadline: MonotonicTime) {
        router.isReady = false
        signaling?.drain(at: now, deadline: deadline)
    }

    /// After a drain that was called off.
    func resume(at now: Now) {
        router.isReady = true
        signaling?.switchboard.resume(at: now)
    }

    /// Callers with an open WebSocket.
    var callerCount: Int { signaling?.switchboard.socketCount ?? 0 }

    /// What `/metrics` shows.
    func metrics(at now: Now) -> [UInt8] { router.metrics(of: signaling, relay: relay, at: now) }

    var hooks: HookCounters? { signaling?.hookCounters }

    var isDrained: Bool { signaling?.isDrained ?? true }

    func takeLog() -> [CallLogLine] {
        let new = reports.kept.filter { $0.id > loggedReport }
        loggedReport = new.last?.id ?? loggedReport
        return (signaling?.takeLog() ?? []) + new.map { CallLogLine($0) }
    }
}
