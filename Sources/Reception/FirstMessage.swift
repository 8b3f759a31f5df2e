import STUN

/// Which worker's stream it is: a ConnectionBind that opens a stream names a peer connection of
/// some worker (RFC 6062 §5.4), every other message may go to any.
package enum FirstMessage: Hashable, Sendable {
    /// More bytes are needed.
    case incomplete
    /// A ConnectionBind for this CONNECTION-ID.
    case bind(UInt32)
    /// Anything else, also a broken ConnectionBind: whoever gets it answers.
    case other

    /// A ConnectionBind longer than this is not waited for. Ours: it carries user name, realm,
    /// nonce and integrity, each far below its bound of 513 to 763 bytes (RFC 8489 §14.3).
    package static var lengthMax: Int { 2048 }

    /// Reads the message at the start of `bytes`, which `FirstBytes` judged to be STUN.
    package static func read(_ bytes: Span<UInt8>) -> FirstMessage {
        guard bytes.count >= StunFormat.headerLength else { return .incomplete }
        guard MessageType(rawValue: bytes.uint16(at: 0)) == MessageType(.connectionBind, .request)
        else { return .other }
        let length = StunFormat.headerLength + Int(bytes.uint16(at: 2))
        guard length <= lengthMax else { return .other }
        guard bytes.count >= length else { return .incomplete }
        guard let message = try? StunMessage(bytes.extracting(0..<length)),
            let id = try? message.connectionID()
        else { return .other }
        return .bind(id)
    }
}
