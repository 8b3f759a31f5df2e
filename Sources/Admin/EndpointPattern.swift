package import Primitives

/// An address to look for, with or without a port: `192.0.2.1`, `192.0.2.1:3478`,
/// `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:3478`.
package struct EndpointPattern: Hashable, Sendable, CustomStringConvertible {
    package let ip: IPAddress
    /// Nil matches every port.
    package let port: UInt16?

    package init(ip: IPAddress, port: UInt16? = nil) {
        self.ip = ip
        self.port = port
    }

    package init?(_ text: some StringProtocol) {
        if let address = IPAddress(text) {
            self.init(ip: address)
        } else if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            guard let address = IPAddress(text[text.index(after: text.startIndex)..<end]),
                address.family == .ipv6
            else { return nil }
            let rest = text[text.index(after: end)...]
            if rest.isEmpty {
                self.init(ip: address)
            } else {
                guard rest.first == ":", let port = Self.port(rest.dropFirst()) else { return nil }
                self.init(ip: address, port: port)
            }
        } else {
            guard let colon = text.firstIndex(of: ":"), let address = IPAddress(text[..<colon]),
                let port = Self.port(text[text.index(after: colon)...])
            else { return nil }
            self.init(ip: address, port: port)
        }
    }

    package func matches(_ address: TransportAddress) -> Bool {
        address.ip == ip && (port == nil || port == address.port)
    }

    package var description: String {
        port.map { TransportAddress(ip, $0).description } ?? ip.description
    }

    private static func port(_ digits: some StringProtocol) -> UInt16? {
        guard (1...5).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return UInt16(digits)
    }
}
