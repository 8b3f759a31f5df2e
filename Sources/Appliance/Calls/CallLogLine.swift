import JSON
import Signaling

/// One line of the log about calls: for people as text, for programs as fields.
struct CallLogLine: Sendable {
    let level: LogLevel
    let text: String
    let fields: JSONObject

    private init(_ level: LogLevel, _ text: String, _ fields: JSONObject = [:]) {
        self.level = level
        self.text = text
        self.fields = fields
    }

    /// `call ID answered: user alice, peer 7xY, after 1200 ms`.
    init(_ call: CallID, _ event: CallLogEvent) {
        var details: [String] = []
        var fields: JSONObject = [
            "event": .string("call." + event.name.rawValue), "call_id": .string(call.text),
        ]
        if let reason = event.reason {
            details.append(reason)
            fields["reason"] = .string(reason)
        }
        if let user = event.user {
            details.append("user " + Self.printable(user.text))
            fields["user_id"] = .string(user.text)
        }
        if let peer = event.peer {
            details.append("peer " + peer.text)
            fields["peer_id"] = .string(peer.text)
        }
        if let milliseconds = event.milliseconds {
            details.append("after \(milliseconds) ms")
            fields["after_ms"] = .integer(milliseconds)
        }
        let name = event.name.rawValue.split(separator: "_").joined(separator: " ")
        let tail = details.isEmpty ? "" : ": " + details.joined(separator: ", ")
        level = .info
        text = "call \(Self.printable(call.text)) \(name)\(tail)"
        self.fields = fields
    }

    /// Ruling 16.
    static let unknownProxy = CallLogLine(
        .warning,
        "a proxy on this machine forwards callers, and is not configured: sockets are not bounded "
            + "by address; add trusted-proxy=127.0.0.1 and tcp-proxy, or let callers come directly")

    static func lostHooks(_ count: Int) -> CallLogLine {
        CallLogLine(.warning, "\(count) webhook events could not be delivered before the stop")
    }

    /// Names are clients' text: nothing in them may end a line or steer a terminal.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: "?"
                    default: scalar
                    }
                }))
    }
}
