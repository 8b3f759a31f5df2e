import JSON
import Signaling
import WebAPI

/// One line of the log about calls: for people as text, for programs as fields.
struct CallLogLine: Sendable {
    let level: LogLevel
    private let content: Content

    /// Put into words only when somebody reads them: most calls are not logged.
    private enum Content {
        case event(CallID, CallLogEvent)
        case words(String)
        case report(KeptReport)
    }

    private init(_ level: LogLevel, _ text: String) {
        self.level = level
        content = .words(text)
    }

    init(_ call: CallID, _ event: CallLogEvent) {
        level = .info
        content = .event(call, event)
    }

    /// A connection test that somebody sent in.
    init(_ report: KeptReport) {
        level = .info
        content = .report(report)
    }

    /// `call ID answered: user alice, peer 7xY, after 1200 ms`.
    var text: String {
        switch content {
        case .words(let text): return text
        case .report(let report):
            let user = report.user.map { " of " + LogText.printable($0) } ?? ""
            let client = report.client.map { " from \($0)" } ?? ""
            let codes = report.content.codes
            let tail = codes.isEmpty ? "" : ": " + codes.joined(separator: ", ")
            return "connection test \(report.id)\(user)\(client): \(report.content.level)\(tail)"
        case .event(let call, let event):
            let name = event.name.rawValue.split(separator: "_").joined(separator: " ")
            let details = Self.details(of: event)
            let tail = details.isEmpty ? "" : ": " + details.joined(separator: ", ")
            let cause = event.cause.map { "; " + LogText.printable($0) } ?? ""
            return "call \(LogText.printable(call.text)) \(name)\(tail)\(cause)"
        }
    }

    private static func details(of event: CallLogEvent) -> [String] {
        var details: [String] = []
        if let reason = event.reason { details.append(reason) }
        if let user = event.user { details.append("user " + LogText.printable(user.text)) }
        if let peer = event.peer { details.append("peer " + LogText.printable(peer.text)) }
        if let milliseconds = event.milliseconds { details.append("after \(milliseconds) ms") }
        return details
    }

    var fields: JSONObject {
        if case .report(let report) = content { return Self.fields(of: report) }
        guard case .event(let call, let event) = content else { return [:] }
        var fields: JSONObject = [
            "event": .string("call." + event.name.rawValue), "call_id": .string(call.text),
        ]
        if let reason = event.reason { fields["reason"] = .string(reason) }
        if let cause = event.cause { fields["cause"] = .string(cause) }
        if let user = event.user { fields["user_id"] = .string(user.text) }
        if let peer = event.peer { fields["peer_id"] = .string(peer.text) }
        if let milliseconds = event.milliseconds { fields["after_ms"] = .integer(milliseconds) }
        return fields
    }

    private static func fields(of report: KeptReport) -> JSONObject {
        var fields: JSONObject = [
            "event": .string("connection-test"),
            "report_id": .integer(Int64(clamping: report.id)),
            "verdict": .string(report.content.level.rawValue),
            "codes": .array(report.content.codes.map { .string($0) }),
        ]
        if let user = report.user { fields["user_id"] = .string(user) }
        return fields
    }

    /// Ruling 16.
    static let unknownProxy = CallLogLine(
        .warning,
        "a proxy on this machine forwards callers, and is not configured: sockets are not bounded "
            + "by address; add trusted-proxy=127.0.0.1 and tcp-proxy, or let callers come directly")

    /// How a hook is, in words that hold nothing of clients or servers but a status.
    static func hooks(_ text: String) -> CallLogLine { CallLogLine(.warning, text) }

    static func lostHooks(_ count: Int) -> CallLogLine {
        CallLogLine(.warning, "\(count) webhook events could not be delivered before the stop")
    }
}
