import COpenSSL
import Primitives

/// Texts out of certificates, which come from the shim piece by piece.
enum CertificateText {
    /// Collects what the shim gives; the class is what its callbacks can point to.
    final class Pieces {
        var bytes: [[UInt8]] = []

        var texts: [String] { bytes.map { String(decoding: $0, as: UTF8.self) } }

        static func gather(_ give: (UnsafeMutableRawPointer) -> Void) -> Pieces {
            let pieces = Pieces()
            give(Unmanaged.passUnretained(pieces).toOpaque())
            return pieces
        }
    }

    static let receive: ts_text_receiver = { text, length, pieces in
        guard let pieces else { return }
        let piece = Array(UnsafeBufferPointer(start: text, count: length))
        Unmanaged<Pieces>.fromOpaque(pieces).takeUnretainedValue().bytes.append(piece)
    }

    /// The four or sixteen bytes of an address, as text.
    private static let receiveAddress: ts_text_receiver = { bytes, length, pieces in
        guard let pieces else { return }
        let number = UnsafeBufferPointer(start: bytes, count: length)
            .reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        let address: IPAddress
        switch length {
        case 4: address = IPAddress(v4: UInt32(truncatingIfNeeded: number))
        case 16:
            address = IPAddress(
                v6High: UInt64(truncatingIfNeeded: number >> 64),
                low: UInt64(truncatingIfNeeded: number))
        default: return
        }
        Unmanaged<Pieces>.fromOpaque(pieces).takeUnretainedValue()
            .bytes.append(Array("\(address)".utf8))
    }

    static func subject(of chain: OpaquePointer) -> String {
        Pieces.gather { ts_chain_subject(chain, receive, $0) }.texts.first ?? "no subject"
    }

    static func issuer(of chain: OpaquePointer) -> String {
        Pieces.gather { ts_chain_issuer(chain, receive, $0) }.texts.first ?? "no issuer"
    }

    static func names(of chain: OpaquePointer) -> [String] {
        Pieces.gather { ts_chain_names(chain, receive, receiveAddress, $0) }.texts
            .map { $0.lowercased() }
    }

    /// A SHA-256 that `fill` writes: `0a:1b:...`.
    static func hexadecimal(_ fill: (UnsafeMutablePointer<UInt8>) -> Bool) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let text = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { digest in
            guard let start = digest.baseAddress, fill(start) else { return [UInt8]() }
            return digest.enumerated().flatMap { index, byte in
                let pair = [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
                return index == 0 ? pair : [UInt8(ascii: ":")] + pair
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
