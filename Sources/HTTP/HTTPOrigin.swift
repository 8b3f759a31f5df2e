/// Where a page came from: a scheme, a host and a port (RFC 6454 §6, the Fetch standard's tuple
/// origin). Two are the same when all three are.
package struct HTTPOrigin: Hashable, Sendable {
    /// In lower case.
    package let scheme: String
    /// In lower case; an IPv6 address with its brackets. Not resolved, not decoded.
    package let host: String
    package let port: UInt16

    /// Reads `scheme://host[:port]` and nothing behind it. nil for anything else, also for `null`
    /// and for a scheme other than http and https.
    package init?(_ text: String) {
        let lower = text.utf8.map { $0.isUpperCase ? $0 | 0x20 : $0 }[...]
        guard let scheme = Self.ports.first(where: { lower.starts(with: "\($0.key)://".utf8) })
        else { return nil }
        let rest = lower.dropFirst(scheme.key.utf8.count + 3)
        guard HTTPAuthority.isValid(rest) else { return nil }
        let host: ArraySlice<UInt8> =
            if rest.first == UInt8(ascii: "["), let end = rest.firstIndex(of: UInt8(ascii: "]")) {
                rest[...end]
            } else { rest.prefix { $0 != .colon } }
        let digits = rest.dropFirst(host.count + 1)
        self.scheme = scheme.key
        self.host = String(decoding: host, as: UTF8.self)
        port = UInt16(String(decoding: digits, as: UTF8.self)) ?? scheme.value
    }

    /// The port that a scheme has when none is written.
    private static let ports: [String: UInt16] = ["http": 80, "https": 443]
}

extension UInt8 {
    fileprivate var isUpperCase: Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) }
}
