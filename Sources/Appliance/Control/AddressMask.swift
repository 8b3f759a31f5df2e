import Primitives

/// Takes from the addresses in a line what tells one person from another: the last byte of IPv4,
/// and all of IPv6 behind the /48. Ports stay, so that lines of one connection can be told apart.
enum AddressMask {
    static func mask(_ line: String) -> String {
        line.split(separator: " ", omittingEmptySubsequences: false)
            .map { maskWord($0) }.joined(separator: " ")
    }

    /// A word may have punctuation around an address.
    private static func maskWord(_ word: Substring) -> String {
        guard word.utf8.contains(where: { $0 == 0x2e || $0 == 0x3a }) else { return String(word) }
        let head = word.prefix { $0 == "(" }
        var core = word.dropFirst(head.count)
        var tail = ""
        while true {
            if let masked = masked(core) { return head + masked + tail }
            guard let last = core.last, ",:;).".contains(last) else { return String(word) }
            tail = String(last) + tail
            core = core.dropLast()
        }
    }

    /// Nil when it is no address.
    private static func masked(_ text: Substring) -> String? {
        if let address = IPAddress(text) { return "\(network(of: address))" }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[colon...].dropFirst())
        else { return nil }
        let host = text[..<colon]
        let isBracketed = host.first == "[" && host.last == "]"
        guard let address = IPAddress(isBracketed ? host.dropFirst().dropLast() : host),
            isBracketed == (address.family == .ipv6)
        else { return nil }
        return "\(TransportAddress(network(of: address), port))"
    }

    private static func network(of address: IPAddress) -> IPAddress {
        AddressRange(address, prefix: address.family == .ipv4 ? 24 : 48)?.lower ?? address
    }
}
