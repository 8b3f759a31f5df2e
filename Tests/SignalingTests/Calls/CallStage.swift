import JSON
import Primitives
import Testing

@testable import Signaling

/// A call with a clock and ears: what each session has heard, and what left for elsewhere.
struct CallStage {
    static let start: UInt64 = 1_800_000_000

    var call: Call
    private(set) var milliseconds: UInt64 = 0
    /// Of the last event.
    var effects: [CallEffect] = []
    private(set) var inbox: [SessionID: [ServerMessage]] = [:]
    private(set) var webhooks: [CallWebhook] = []
    private(set) var attached: Set<SessionID> = []
    private(set) var ends: [EndReason] = []
    private(set) var isForgotten = false

    static let anna = CallParty(
        session: "s-anna", user: "anna", name: "Anna", device: "d-anna", reportsConnected: true)
    static let ben = CallParty(
        session: "s-ben", user: "ben", device: "d-ben", reportsConnected: true)
    static let ben2 = CallParty(
        session: "s-ben2", user: "ben", device: "d-ben2", reportsConnected: true)
    static let carl = CallParty(session: "s-carl", user: "carl", device: "d-carl")

    static let offer = SessionDescription(.offer, sdp: "v=0\r\na=ice-ufrag:OFFR\r\n")
    static let answer = SessionDescription(.answer, sdp: "v=0\r\na=ice-ufrag:ANSW\r\n")

    static func sdp(_ kind: SessionDescription.Kind, _ ufrag: String) -> SessionDescription {
        SessionDescription(kind, sdp: "v=0\r\na=ice-ufrag:\(ufrag)\r\n")
    }

    static func candidate(_ ufrag: String?, _ port: Int = 1) -> Candidate {
        let text = "candidate:1 1 udp 1 192.0.2.1 \(port) typ host"
        guard let ufrag else { return Candidate(["candidate": .string(text)])! }
        return Candidate(["candidate": .string(text), "usernameFragment": .string(ufrag)])!
    }

    var now: Now { Self.now(milliseconds) }

    static func now(_ milliseconds: UInt64) -> Now {
        Now(
            monotonic: MonotonicTime(nanoseconds: (5_000_000 + milliseconds) * 1_000_000),
            unixSeconds: start + milliseconds / 1000)
    }

    /// A room with nobody in it.
    init(room settings: CallSettings) {
        let opened = Call.open("room", settings: settings, at: Self.now(0))
        call = opened.call
        take(opened.effects)
    }

    /// Anna calls Ben.
    init(
        ringing devices: [(party: CallParty, isReachable: Bool)] = [(ben, true)],
        hasPush: Bool = false, busy: Call.RingStart.Busy = .no, ringMilliseconds: Int64? = nil,
        settings: CallSettings = CallSettings()
    ) {
        let rung = Call.ring(
            .init(
                id: "direct", chat: "chat", caller: Self.anna, callerPeer: "p-anna", callee: "ben",
                media: Media(audio: true, video: true), offer: Self.offer,
                ringMilliseconds: ringMilliseconds, devices: devices, hasPush: hasPush, busy: busy),
            settings: settings, at: Self.now(0))
        call = rung.call
        take(rung.effects)
    }

    init(_ call: Call) { self.call = call }

    /// Anna and Ben in an answered direct call, with empty ears.
    static func answered(_ settings: CallSettings = CallSettings()) throws -> CallStage {
        var stage = CallStage(settings: settings)
        try stage.handle(.answer(ben, answer, newPeer: "p-ben"))
        stage.clearEars()
        return stage
    }

    /// The same with media.
    static func active(_ settings: CallSettings = CallSettings()) throws -> CallStage {
        var stage = try answered(settings)
        try stage.handle(.connected("s-anna", .init()))
        try stage.handle(.connected("s-ben", .init()))
        stage.clearEars()
        return stage
    }

    /// Anna (host) and Ben in a room.
    static func room(_ settings: CallSettings = CallSettings()) throws -> CallStage {
        var stage = CallStage(room: settings)
        try stage.handle(.join(anna, .none, newPeer: "p-anna", isFresh: nil))
        try stage.handle(.join(ben, .none, newPeer: "p-ben", isFresh: nil))
        stage.clearEars()
        return stage
    }

    mutating func clearEars() {
        inbox = [:]
        webhooks = []
    }

    mutating func handle(_ event: CallEvent) throws(CallRefusal) {
        take(try call.handle(event, at: now))
    }

    /// The code of the refusal; nil when the event was taken.
    mutating func refusal(_ event: CallEvent) -> ErrorCode? {
        do throws(CallRefusal) {
            try handle(event)
            return nil
        } catch {
            return error.code
        }
    }

    mutating func lose(_ session: SessionID, heardBefore: UInt64 = 0) throws {
        let heard = Stamp(Self.now(milliseconds - heardBefore))
        try handle(.lost(session, .socket, lastHeard: heard))
    }

    /// Lets time pass, firing what is due on the way exactly when it is due.
    mutating func wait(_ more: UInt64) {
        let end = milliseconds + more
        while let deadline = call.nextDeadline {
            let due = (deadline.nanoseconds + 999_999) / 1_000_000 - 5_000_000
            guard due <= end else { break }
            milliseconds = max(milliseconds, due)
            take(call.tick(at: now))
        }
        milliseconds = end
        take(call.tick(at: now))
    }

    private mutating func take(_ effects: [CallEffect]) {
        self.effects = effects
        for effect in effects {
            switch effect {
            case .notify(let session, let message): inbox[session, default: []].append(message)
            case .webhook(let name, _): webhooks.append(name)
            case .attached(let session): attached.insert(session)
            case .detached(let session): attached.remove(session)
            case .ended(let reason): ends.append(reason)
            case .forget: isForgotten = true
            case .reply, .log: break
            }
        }
    }

    var reply: JSONObject? {
        guard case .reply(let data)? = effects.first else { return nil }
        return data
    }

    func heard(_ session: SessionID) -> [ServerMessage] { inbox[session] ?? [] }

    /// The types of what a session has heard, in order.
    func types(_ session: SessionID) -> [String] { heard(session).map(\.type) }
}
