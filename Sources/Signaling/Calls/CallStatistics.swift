package import JSON

/// Which way media went, as the clients reported it with `call:connected`.
package enum MediaPath: String, Hashable, Sendable, CaseIterable {
    case direct
    /// Through a relay on one side at least.
    case relayed
    /// Nobody said.
    case unknown
}

/// What a call has seen, for its last log line and webhook.
package struct CallStatistics: Hashable, Sendable, Codable {
    package var offers = 0
    package var restarts = 0
    package var glares = 0
    package var candidatesPassed = 0
    package var candidatesDropped = 0
    package var reconnects = 0
    package var takeovers = 0
    /// From the answer to media on both sides.
    package var connectMilliseconds: Int64?

    package var object: JSONObject {
        var object: JSONObject = [
            "offers": .integer(Int64(offers)),
            "restarts": .integer(Int64(restarts)),
            "glares": .integer(Int64(glares)),
            "candidates": .integer(Int64(candidatesPassed)),
            "candidates_dropped": .integer(Int64(candidatesDropped)),
            "reconnects": .integer(Int64(reconnects)),
            "takeovers": .integer(Int64(takeovers)),
        ]
        if let connectMilliseconds { object.append("connect_ms", .integer(connectMilliseconds)) }
        return object
    }
}
