import Admin
import Primitives
import STUN
import TURN

/// Puts `TURN`'s events into words, one line each, and keeps a flood of them bounded.
struct EventText {
    /// Refusals of one code, and Binding requests, that are written in full each second; one line
    /// counts the rest.
    private static let linesPerSecond = 10

    private var second: UInt64 = 0
    private var written: [UInt16: Int] = [:]
    private var hidden: [UInt16: Int] = [:]
    private var writtenBindings = 0
    private var hiddenBindings: UInt64 = 0
    /// Kinds of refusals that were said once where everybody sees it: error codes, and classes of
    /// denied peers. Both are few.
    private var announced: Set<String> = []

    /// The lines for one event at `unixSeconds`; none when it is one of a flood. `policy` puts
    /// denials of peers into words.
    mutating func lines(
        for event: Event, policy: PeerPolicy, at unixSeconds: UInt64
    ) -> [(LogLevel, String)] {
        switch event {
        case .allocated(let handle, let user, let client):
            return [
                (.detail, "allocation \(name(handle)) for \(user) from \(client.client) opened")
            ]
        case .ended(let handle, let user, let reason, let age):
            return [
                (
                    .detail,
                    "allocation \(name(handle)) of \(user) ended after \(age) s: \(reason.rawValue)"
                )
            ]
        case .binding(let client, let untold):
            var result = summary(before: unixSeconds)
            hiddenBindings += untold
            writtenBindings += 1
            if writtenBindings <= Self.linesPerSecond {
                result.append((.info, "Binding request of \(client.client)"))
            } else {
                hiddenBindings += 1
            }
            return result
        case .refused(_, _, _, .noCredentials, _, _):
            // The first request of every client; nothing is wrong there.
            return []
        case .refused(let client, let method, let code, let cause, let user, let isProven):
            var result = summary(before: unixSeconds)
            written[code, default: 0] += 1
            guard written[code, default: 0] <= Self.linesPerSecond else {
                hidden[code, default: 0] += 1
                return result
            }
            let who = user.map { isProven ? " of \($0)" : " as \($0), unproven" } ?? ""
            let (kind, words) = Self.explain(code, cause, policy)
            // The first of a kind is for everybody, the others for those who asked for detail.
            let level: LogLevel = announced.insert(kind).inserted ? .warning : .detail
            let what = "\(Self.methodName(method)) refused, \(code): \(words)"
            result.append((level, "\(client.client)\(who): \(what)"))
            return result
        }
    }

    /// The same for the list of late refusals; nil for what is none.
    static func refusal(_ event: Event, policy: PeerPolicy) -> RefusalReport? {
        guard
            case .refused(let client, let method, let code, let cause, let user, let isProven) =
                event,
            cause != .noCredentials
        else { return nil }
        return RefusalReport(
            client: client.client, method: methodName(method), code: code,
            cause: explain(code, cause, policy).words, user: user,
            proven: isProven && user != nil)
    }

    private static func explain(
        _ code: UInt16, _ cause: RefusalCause, _ policy: PeerPolicy
    ) -> (kind: String, words: String) {
        guard case .peerDenied(let peer, let denial) = cause else { return ("\(code)", "\(cause)") }
        return ("\(code) \(denial.peerClass)", "peer \(peer): \(policy.cause(of: denial))")
    }

    /// What was hidden in the second that ended, if `unixSeconds` is in another one.
    mutating func summary(before unixSeconds: UInt64) -> [(LogLevel, String)] {
        guard unixSeconds != second else { return [] }
        var lines = hidden.sorted { $0.key < $1.key }.map { code, count in
            (LogLevel.warning, "\(count) more refusals with \(code) in one second, not shown")
        }
        if hiddenBindings > 0 {
            lines.append((.info, "\(hiddenBindings) more Binding requests, not shown"))
        }
        second = unixSeconds
        written = [:]
        hidden = [:]
        writtenBindings = 0
        hiddenBindings = 0
        return lines
    }

    private func name(_ handle: AllocationHandle) -> String {
        "\(handle.worker.index)-\(handle.id.index)-\(handle.generation)"
    }

    private static func methodName(_ method: UInt16) -> String {
        switch method {
        case 0x001: "Binding"
        case 0x003: "Allocate"
        case 0x004: "Refresh"
        case 0x008: "CreatePermission"
        case 0x009: "ChannelBind"
        case 0x00A: "Connect"
        case 0x00B: "ConnectionBind"
        default: "method \(method)"
        }
    }
}
