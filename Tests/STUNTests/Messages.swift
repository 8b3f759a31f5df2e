import Crypto
import STUN
import Testing

/// Parses `bytes` and shows the message to `body`.
func reading<Result>(
    _ bytes: [UInt8], _ body: (borrowing StunMessage) throws -> Result
) throws -> Result {
    try body(StunMessage(bytes.span))
}

/// Why `bytes` are refused; nil when they are not.
func defect(in bytes: [UInt8]) -> MessageDefect? {
    do throws(MessageDefect) {
        _ = try StunMessage(bytes.span)
        return nil
    } catch {
        return error
    }
}

/// The message that these calls write; empty when it did not fit `capacity`.
func written(
    _ type: MessageType, _ id: TransactionID, capacity: Int = 2000, at start: Int = 0,
    _ attributes: (inout MessageWriter) -> Void
) -> [UInt8] {
    var buffer = [UInt8](repeating: 0xEE, count: start + capacity)
    var writer = MessageWriter(type, id, into: buffer.mutableSpan, at: start)
    attributes(&writer)
    let count = writer.finish() ?? 0
    return Array(buffer[start..<start + count])
}

/// A message with a correct header around these bytes of attributes.
func message(_ attributes: String, type: UInt16 = 0x0001, cookie: String = "2112a442") -> [UInt8] {
    let attributes = hex(attributes)
    let head = [UInt8(type >> 8), UInt8(type & 0xFF)]
    let length = [UInt8(attributes.count >> 8), UInt8(attributes.count & 0xFF)]
    return head + length + hex(cookie) + hex("0102030405060708090a0b0c") + attributes
}

extension MessageWriter {
    mutating func append(_ type: AttributeType, bytes: [UInt8]) { append(type, bytes.span) }

    mutating func append(_ type: AttributeType, text: String) {
        append(type, bytes: Array(text.utf8))
    }
}

extension StunMessage {
    /// The value of an attribute, copied out.
    func copy(of type: AttributeType) -> [UInt8]? {
        guard let value = value(of: type) else { return nil }
        return (0..<value.count).map { value[$0] }
    }

    func text(of type: AttributeType) -> String? {
        copy(of: type).map { String(decoding: $0, as: UTF8.self) }
    }

    func isAuthentic(under secret: [UInt8], _ algorithm: IntegrityAlgorithm) -> Bool {
        let hash = OpenSSLHash()
        return isAuthentic(under: hash.hmacKey(algorithm, secret.span), hash: hash)
    }
}
