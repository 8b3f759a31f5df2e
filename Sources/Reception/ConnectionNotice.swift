package import Primitives

/// What was refused in a while, for one line of the log: a flood costs a line a minute, never one
/// for each attempt.
package struct ConnectionNotice: Hashable, Sendable {
    /// The shortest time between two notices; the first refusal after quiet is said at once.
    package static var interval: Seconds { Seconds(60) }

    package var counts: [ConnectionRefusal: UInt64] = [:]
    /// Whom one of them came from.
    package var lastSource: IPAddress?

    package init() {}

    package var total: UInt64 { counts.values.reduce(0, +) }
}

extension ConnectionNotice: CustomStringConvertible {
    /// `3 stream connections refused: 2 for too many connections, 1 for ...; one from 192.0.2.1`.
    package var description: String {
        let reasons = ConnectionRefusal.allCases.compactMap { reason in
            counts[reason].map { "\($0) for \(reason.text)" }
        }
        let noun = total == 1 ? "connection" : "connections"
        let source = lastSource.map { total == 1 ? "; from \($0)" : "; one from \($0)" } ?? ""
        return "\(total) stream \(noun) refused: \(reasons.joined(separator: ", "))\(source)"
    }
}
