import HTTP

/// How many requests were answered, by path and status.
struct WebCounters: Sendable {
    private(set) var answers: [Endpoint: [UInt16: UInt64]] = [:]

    mutating func note(_ endpoint: Endpoint, _ status: HTTPStatus) {
        answers[endpoint, default: [:]][status.rawValue, default: 0] += 1
    }
}
