import STUN

/// Whether the message that opens a TLS handshake is there as a whole.
///
/// A half-open TLS session takes tens of kilobytes, a few received bytes take what they are: so a
/// session is made only for who has sent its ClientHello to the end. The message is not looked
/// into; whether it is any good is for TLS to say.
package enum ClientHello {
    /// More is not waited for. Ours: browsers send up to 2 KiB, and TLS takes larger ones too, a
    /// piece after the other.
    package static var lengthMax: Int { 16_384 }

    /// Judges the records at the start of `bytes`, which `FirstBytes` judged to be TLS. True also
    /// when they are no ClientHello: then there is nothing to wait for.
    package static func isWhole(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count < lengthMax else { return true }
        var length: [4 of UInt8] = [0, 0, 0, 0]
        var count = 0
        var record = 0
        // RFC 8446 §5.1: a type, a version, two bytes of length; a message may begin in one record
        // and end in another, each as short as one byte.
        while bytes.count >= record + recordHeader {
            let fragment = Int(bytes.uint16(at: record + 3))
            guard bytes[record] == handshake, fragment > 0 else { return true }
            let start = record + recordHeader
            let here = min(fragment, bytes.count - start)
            // §4: one byte of type, three of length.
            for index in 0..<max(0, min(4 - count, here)) {
                length[count + index] = bytes[start + index]
            }
            count += here
            if count > 0, length[0] != clientHello { return true }
            record = start + fragment
        }
        let wanted = Int(length[1]) << 16 | Int(length[2]) << 8 | Int(length[3])
        return count >= 4 && (wanted > lengthMax || count >= 4 + wanted)
    }

    private static var recordHeader: Int { 5 }
    /// ContentType handshake (§5.1) and HandshakeType client_hello (§4).
    private static var handshake: UInt8 { 22 }
    private static var clientHello: UInt8 { 1 }
}
