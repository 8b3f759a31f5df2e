package import Primitives
import STUN

/// What a client asks of the server.
enum TurnRequest: Sendable, Hashable {
    case binding
    /// Nil: the family that the server gives who asks for none, IPv4 (RFC 8656 §7.1).
    case allocate(family: AddressFamily?)
    case refresh(lifetimeSeconds: UInt32)
    case permission(TransportAddress)
    case channel(UInt16, TransportAddress)

    var method: MessageMethod {
        switch self {
        case .binding: .binding
        case .allocate: .allocate
        case .refresh: .refresh
        case .permission: .createPermission
        case .channel: .channelBind
        }
    }
}

/// What came of a request.
enum TurnOutcome: Sendable, Hashable {
    case success(TurnSuccess)
    case refused(TurnRefusal)
    /// Nothing came back.
    case silence

    var refusal: TurnRefusal? { if case .refused(let refusal) = self { refusal } else { nil } }
}

/// What a success response carries of interest here.
struct TurnSuccess: Sendable, Hashable {
    var mapped: TransportAddress?
    var relayed: TransportAddress?
    var lifetimeSeconds: UInt32?
    var software: String?
    /// Whether MESSAGE-INTEGRITY proves that the server knows the password; nil where no password
    /// was used.
    var isProven: Bool?
}

/// An error response.
package struct TurnRefusal: Sendable, Hashable {
    package var code: UInt16
    package var reason: String
    package var realm: String?
    package var hasNonce = false
    package var alternate: TransportAddress?
    package var software: String?
}

/// An answer, or the want of one, with its cost.
struct TurnAnswer: Sendable, Hashable {
    let request: TurnRequest
    let outcome: TurnOutcome
    /// From the last transmission to the answer, nanoseconds.
    let roundTrip: UInt64
    /// Transmissions beyond the first.
    let retransmissions: Int
}

/// What a message from the server means to the client.
enum TurnEvent: Sendable, Hashable {
    case answer(TurnAnswer)
    /// A peer's bytes, by Data indication or, where `channel` is not nil, by ChannelData.
    case data([UInt8], from: TransportAddress?, channel: UInt16?)
}
