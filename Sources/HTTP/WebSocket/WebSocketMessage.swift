/// A message, whole, whatever frames it came in.
package struct WebSocketMessage: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// The bytes are UTF-8.
        case text
        case binary
    }

    package let kind: Kind
    package let bytes: [UInt8]

    package init(_ kind: Kind, _ bytes: [UInt8]) {
        self.kind = kind
        self.bytes = bytes
    }

    package init(text: String) { self.init(.text, Array(text.utf8)) }

    /// The text of a text message; nil of a binary one.
    package var text: String? {
        kind == .text ? String(decoding: bytes, as: UTF8.self) : nil
    }
}

/// How a WebSocket ended.
package enum WebSocketEnd: Hashable, Sendable {
    /// The peer closed; without a code its Close frame had none (1005 in other interfaces).
    case closedByPeer(WebSocketCloseCode?, reason: String)
    /// Closed with `close(_:reason:at:)`, and the peer confirmed.
    case closedHere
    /// The peer broke a rule, and was told so.
    case failed(WebSocketFailure)
    /// No confirmation came before the close deadline.
    case closeTimeout
    /// Not a byte came, not even the answer to a Ping.
    case pongTimeout
    /// The connection ended without a Close frame (1006 in other interfaces).
    case lost
}
