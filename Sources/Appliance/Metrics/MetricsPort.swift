import Configuration
import Crypto
import LinuxIO
import Primitives
import Reception

/// `prometheus`: a TCP port of its own for `/metrics`, live at a reload.
///
/// A door beside the clients' one, with bounds of its own: whatever happens there takes no place
/// from a caller, and no caller keeps a monitor out. Lives on the control thread, in an epoll of
/// its own inside that thread's.
final class MetricsPort {
    private let epoll: Epoll
    private let service = MetricsService()
    private let contexts = TLSContexts()
    private var settings = ServerConfiguration.Metrics()
    private var door: Door?
    /// What the door listens on.
    private var listeners: [TransportAddress: TCPListener] = [:]
    private var keeper: CertificateKeeper?

    /// Connections at a time; a monitor has one or two.
    private static let connectionsMax = 64
    /// Descriptors beside the connections: two listeners, the epolls, the watch on certificates.
    static let descriptorsMax = connectionsMax + 5

    private static let doorToken: UInt64 = 0
    private static let certificatesToken: UInt64 = 1

    init() throws(SystemError) { epoll = try Epoll(capacity: 2) }

    /// What a reload would open, so that it is known beforehand whether it can be opened.
    struct Preparation {
        fileprivate let settings: ServerConfiguration.Metrics
        /// Nil: the one that is there stays, or there will be none.
        fileprivate let door: Door?
        /// All of that door, with those of the present one that it takes over.
        fileprivate let listeners: [TransportAddress: TCPListener]
        fileprivate let kept: Set<TCPListener>

        /// Closes what was opened and is not needed.
        func discard() { door?.stop(at: Clock.now(), keeping: kept) }
    }

    /// Opens sockets for the addresses that have none, and changes nothing yet.
    ///
    /// - Throws: why they cannot be opened, in words for the operator.
    func prepare(_ new: ServerConfiguration.Metrics) throws(StartFailure) -> Preparation {
        guard new.isServed, Set(new.endpoints) != Set(listeners.keys) else {
            return Preparation(settings: new, door: nil, listeners: listeners, kept: [])
        }
        let kept = listeners.filter { new.endpoints.contains($0.key) }
        var all = kept
        do throws(StartFailure) {
            for address in new.endpoints where all[address] == nil {
                all[address] = try ListenerSockets.open(address, replacing: listeners)
            }
            return Preparation(
                settings: new, door: try makeDoor(all, new), listeners: all,
                kept: Set(kept.values))
        } catch {
            for (address, listener) in all where kept[address] == nil { listener.close() }
            throw error
        }
    }

    private func makeDoor(
        _ listeners: [TransportAddress: TCPListener], _ settings: ServerConfiguration.Metrics
    ) throws(StartFailure) -> Door {
        let streams = StreamListeners(
            sockets: Array(listeners.values),
            endpoints: listeners.keys.map { StreamEndpoint(address: $0) },
            served: ServedTransports(httpWithTLS: settings.tls), settings: .init())
        let tools = DoorTools(
            streams, contexts: contexts, ledger: ConnectionLedger(Self.limits), service: service)
        return try attempt("prometheus") { () throws(SystemError) in
            try Door(streams, tools, routes: [], at: Clock.monotonic())
        }
    }

    private static var limits: ConnectionLimits {
        var limits = ConnectionLimits()
        limits.open = connectionsMax
        limits.openPerNetwork = 0
        limits.halfOpen = connectionsMax / 2
        limits.halfOpenPerNetwork = 0
        return limits
    }

    /// Takes over what was prepared. `streams` says what TLS may be spoken. Returns lines for the
    /// log.
    func apply(
        _ preparation: Preparation, _ streams: ServerConfiguration.Streams, at now: Now
    ) -> [(LogLevel, String)] {
        let new = preparation.settings
        if preparation.door != nil || !new.isServed {
            door?.stop(at: now, keeping: preparation.kept)
            door = preparation.door
            listeners = door == nil ? [:] : preparation.listeners
            if let door { try? epoll.add(door.raw, .readable, token: Self.doorToken) }
        }
        door?.apply(ServedTransports(httpWithTLS: new.tls))
        service.path = new.path
        let isMoved =
            preparation.door != nil || settings.path != new.path || settings.tls != new.tls
        settings = new
        var lines = applyCertificates(streams, at: now)
        if new.isServed, isMoved { lines.append((.info, "metrics on \(urls)")) }
        return lines
    }

    private var urls: String {
        let scheme = settings.tls ? "https" : "http"
        return settings.endpoints.map { "\(scheme)://\($0)\(settings.path)" }
            .joined(separator: ", ")
    }

    private func applyCertificates(
        _ streams: ServerConfiguration.Streams, at now: Now
    ) -> [(LogLevel, String)] {
        guard settings.isServed, settings.tls else {
            keeper = nil
            return []
        }
        var streams = streams
        streams.certificates = settings.certificates
        defer { watchCertificates() }
        let served = ServedTransports(httpWithTLS: true)
        if let keeper { return keeper.reload(streams, served: served, at: now) }
        let new = CertificateKeeper(
            streams, served: served, contexts: contexts)
        keeper = new
        return new.open(at: now)
    }

    /// The watch of before left the epoll when it closed.
    private func watchCertificates() {
        guard let raw = keeper?.raw else { return }
        try? epoll.add(raw, .readable, token: Self.certificatesToken)
    }

    /// Who makes the text.
    var source: ControlRoom? {
        get { service.source }
        set { service.source = newValue }
    }

    /// What is listened on now.
    var sockets: [TCPListener] { Array(listeners.values) }

    /// Files that are read again later.
    var files: [String] { keeper?.files ?? [] }

    /// Readable when there is something to serve.
    var raw: Int32 { epoll.raw }

    var nextDeadline: MonotonicTime {
        min(door?.nextDeadline ?? .never, keeper?.nextDeadline ?? .never)
    }

    func serve(at now: Now) {
        for index in 0..<epoll.wait(milliseconds: 0) {
            switch epoll[index].token {
            case Self.doorToken: door?.serve(at: now)
            default: keeper?.noteChanges(at: now.monotonic)
            }
        }
    }

    /// Acts on deadlines. Returns lines for the log.
    func tick(at now: Now) -> [(LogLevel, String)] {
        var lines = keeper?.tick(at: now) ?? []
        door?.tick(at: now)
        if let notice = door?.takeNotice(at: now) { lines.append((.warning, "metrics: \(notice)")) }
        return lines
    }

    func stop(at now: Now) { door?.stop(at: now) }
}
