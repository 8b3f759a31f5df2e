/// Why a socket is closed. Below 4500 a client comes back, from 4500 on it stops: old clients can
/// decide by the number alone.
package enum CloseCode: UInt16, Hashable, Sendable, CaseIterable {
    case `internal` = 4000
    case helloTimeout = 4001
    case heartbeat = 4002
    case draining = 4003
    case slowConsumer = 4004
    /// The reason text holds the milliseconds to wait.
    case rate = 4005
    case resync = 4006
    case tokenExpired = 4007
    case unauthorized = 4500
    case `protocol` = 4501
    case tooLarge = 4502
    case origin = 4503
    case takenOver = 4504
    case tooManySockets = 4505
    case kicked = 4506
    case callGone = 4507

    /// Whether the client should come back.
    package var isRetryable: Bool { rawValue < 4500 }
}
