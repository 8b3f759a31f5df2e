package import Primitives
import STUN

/// What a trusted proxy writes in front of a connection: whose connection it is (the PROXY
/// protocol of HAProxy, proxy-protocol.txt, versions 1 and 2).
///
/// Never guessed: a listener that is configured for it demands it, every other one refuses it.
package struct ProxyHeader: Hashable, Sendable {
    /// The client, and the address it connected to; nil when the proxy speaks for itself (LOCAL)
    /// or does not know (UNKNOWN, UNSPEC): then the addresses of the connection count.
    package let addresses: Addresses?
    /// Bytes of the header; what the client sent follows.
    package let length: Int

    package struct Addresses: Hashable, Sendable {
        package let client: TransportAddress
        package let server: TransportAddress
    }

    /// Version 1 with its CRLF (proxy-protocol.txt §2.1).
    static let textLengthMax = 107
    /// Signature, version, family and length (§2.2).
    static let fixedLength = 16
    /// Addresses take 36 bytes at most for TCP; the rest is for TLVs, which some proxies add a few
    /// hundred bytes of. Ours: a header has to fit the first segment.
    static let binaryLengthMax = 536

    /// How many bytes a header has at most; with as many the reading is never `incomplete`.
    package static var lengthMax: Int { binaryLengthMax }

    /// What the first bytes of a connection are.
    package enum Reading: Hashable, Sendable {
        /// More bytes are needed.
        case incomplete
        case header(ProxyHeader)
        /// No header, or one that breaks its own rules: close.
        case invalid
    }

    /// Reads the header at the start of `bytes`, which is everything that came so far.
    package static func read(_ bytes: Span<UInt8>) -> Reading {
        guard bytes.count > 0 else { return .incomplete }
        return bytes[0] == signature[0] ? readBinary(bytes) : readText(bytes)
    }
}

// Version 2.
extension ProxyHeader {
    private static let signature: [12 of UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]

    private static func readBinary(_ bytes: Span<UInt8>) -> Reading {
        for index in 0..<min(bytes.count, signature.count) where bytes[index] != signature[index] {
            return .invalid
        }
        guard bytes.count >= fixedLength else { return .incomplete }
        let (version, command) = (bytes[12] >> 4, bytes[12] & 0xF)
        let length = fixedLength + Int(bytes.uint16(at: 14))
        guard version == 2, command <= 1, length <= binaryLengthMax else { return .invalid }
        guard bytes.count >= length else { return .incomplete }
        // §2.2: a LOCAL connection is the proxy's own, whatever the address block says.
        if command == 0 { return .header(ProxyHeader(addresses: nil, length: length)) }
        switch bytes[13] {
        case 0x00: return .header(ProxyHeader(addresses: nil, length: length))
        case 0x11: return readBlock(bytes, .ipv4, length)
        case 0x21: return readBlock(bytes, .ipv6, length)
        // Datagrams and unix sockets cannot have become this TCP connection.
        default: return .invalid
        }
    }

    private static func readBlock(
        _ bytes: Span<UInt8>, _ family: AddressFamily, _ length: Int
    ) -> Reading {
        let size = family == .ipv4 ? 4 : 16
        guard length >= fixedLength + 2 * size + 4 else { return .invalid }
        let ports = fixedLength + 2 * size
        let addresses = Addresses(
            client: TransportAddress(
                address(bytes, at: fixedLength, family), bytes.uint16(at: ports)),
            server: TransportAddress(
                address(bytes, at: fixedLength + size, family), bytes.uint16(at: ports + 2)))
        return .header(ProxyHeader(addresses: addresses, length: length))
    }

    private static func address(
        _ bytes: Span<UInt8>, at offset: Int, _ family: AddressFamily
    ) -> IPAddress {
        family == .ipv4
            ? IPAddress(v4: bytes.uint32(at: offset))
            : IPAddress(v6High: bytes.uint64(at: offset), low: bytes.uint64(at: offset + 8))
    }
}

// Version 1.
extension ProxyHeader {
    private static func readText(_ bytes: Span<UInt8>) -> Reading {
        let prefix: [6 of UInt8] = [0x50, 0x52, 0x4F, 0x58, 0x59, 0x20]  // "PROXY "
        for index in 0..<min(bytes.count, prefix.count) where bytes[index] != prefix[index] {
            return .invalid
        }
        guard let end = endOfLine(bytes) else {
            return bytes.count < textLengthMax ? .incomplete : .invalid
        }
        var line = ""
        for index in prefix.count..<max(end, prefix.count) {
            // Printable ASCII; anything else is no header of this version.
            guard (0x20...0x7E).contains(bytes[index]) else { return .invalid }
            line.unicodeScalars.append(Unicode.Scalar(bytes[index]))
        }
        return reading(of: line, length: end + 2)
    }

    /// Where the CRLF begins; nil when it has not come within the bound.
    private static func endOfLine(_ bytes: Span<UInt8>) -> Int? {
        for index in 1..<max(1, min(bytes.count, textLengthMax))
        where bytes[index - 1] == 0x0D && bytes[index] == 0x0A {
            return index - 1
        }
        return nil
    }

    private static func reading(of line: String, length: Int) -> Reading {
        // Exactly one space between two words (§2.1), so empty words are errors.
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        // What follows UNKNOWN is to be ignored (§2.1).
        if words.first == "UNKNOWN" { return .header(ProxyHeader(addresses: nil, length: length)) }
        guard words.count == 5, let client = IPAddress(words[1]), let server = IPAddress(words[2]),
            let clientPort = port(words[3]), let serverPort = port(words[4])
        else { return .invalid }
        let family: AddressFamily? =
            switch words[0] {
            case "TCP4": .ipv4
            case "TCP6": .ipv6
            default: nil
            }
        guard client.family == family, server.family == family else { return .invalid }
        let addresses = Addresses(
            client: TransportAddress(client, clientPort),
            server: TransportAddress(server, serverPort))
        return .header(ProxyHeader(addresses: addresses, length: length))
    }

    /// A decimal number without leading zeros (§2.1).
    private static func port(_ word: Substring) -> UInt16? {
        guard word.utf8.allSatisfy({ (0x30...0x39).contains($0) }), !word.isEmpty,
            word == "0" || word.first != "0"
        else { return nil }
        return UInt16(word)
    }
}
