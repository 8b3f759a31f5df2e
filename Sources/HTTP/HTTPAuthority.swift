/// The host of a request, with or without a port: `uri-host [ ":" port ]` (RFC 9110 §7.2).
enum HTTPAuthority {
    /// Whether `text` names a host; user information is none (RFC 9110 §4.2.4).
    static func isValid(_ text: ArraySlice<UInt8>) -> Bool {
        let host: ArraySlice<UInt8>
        if text.first == UInt8(ascii: "[") {
            guard let end = text.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let literal = text[(text.startIndex + 1)..<end]
            guard !literal.isEmpty, literal.allSatisfy(isLiteral) else { return false }
            host = text[...end]
        } else {
            host = text.prefix { $0 != .colon }
            guard !host.isEmpty, isName(host) else { return false }
        }
        let port = text[host.endIndex...]
        // RFC 3986 §3.2.3 allows a port without digits.
        return port.isEmpty || port.first == .colon && isPort(port.dropFirst())
    }

    private static func isPort(_ digits: ArraySlice<UInt8>) -> Bool {
        guard digits.allSatisfy(\.isDigit) else { return false }
        return digits.isEmpty || UInt16(String(decoding: digits, as: UTF8.self)) != nil
    }

    /// An IPv6 address, or one of a future version (RFC 3986 §3.2.2).
    private static func isLiteral(_ byte: UInt8) -> Bool {
        byte == .colon || isNameByte(byte)
    }

    /// A registered name or an IPv4 address: unreserved bytes, sub-delimiters, whole escapes.
    private static func isName(_ text: ArraySlice<UInt8>) -> Bool {
        var rest = text
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard rest.popFirst()?.hexDigit != nil, rest.popFirst()?.hexDigit != nil
                else { return false }
            } else if !isNameByte(byte) {
                return false
            }
        }
        return true
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"),
            UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&")...UInt8(ascii: ","),
            UInt8(ascii: ";"), UInt8(ascii: "="):
            true
        default: false
        }
    }
}
