extension Reader {
    /// Reads `NAME:KEY`.
    mutating func applyAPIKey(_ value: String) throws(Problem) {
        let accepted =
            "NAME:KEY, a name of letters, digits, `-`, `_` and `.`, and a key of 16 characters or"
            + " more"
        guard let colon = value.firstIndex(of: ":") else {
            throw .invalid("There is no name and key here.", accepted: accepted)
        }
        let name = value[..<colon]
        let key = value[value.index(after: colon)...]
        guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy(Self.isNameByte) else {
            throw .invalid("The name cannot stand in a path.", accepted: accepted)
        }
        // 16 characters of base 64 are 96 bits.
        guard key.utf8.count >= 16, key.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw .invalid("The key is too short or not printable.", accepted: accepted)
        }
        guard configuration.web.keys.count < Configuration.Bounds.apiKeys else {
            throw Problem(
                .error, "too-many",
                "This is one more than the \(Configuration.Bounds.apiKeys) keys that are read.",
                "Delete those that no application uses.")
        }
        configuration.web.keys.append(.init(name: String(name), key: String(key)))
    }

    mutating func applyOrigin(_ value: String) throws(Problem) {
        try checkCount(configuration.web.origins.count)
        guard value == "*" || value == "null" || Self.isOrigin(value) else {
            throw .invalid(
                "`\(Mistake.printable(value))` is no origin.",
                accepted: "https://app.example.org, with a port if it is not 443; capacitor://"
                    + "localhost and the like, null, or *")
        }
        configuration.web.origins.append(value)
    }

    /// `scheme://host[:port]` of pages and of apps that show them; `file://` has no host.
    private static func isOrigin(_ value: String) -> Bool {
        let scheme = value.utf8.prefix { isHostByte($0) || $0 == UInt8(ascii: "+") }
        let isNamed = scheme.first.map { (0x61...0x7a).contains($0 | 0x20) } ?? false
        let rest = value.dropFirst(scheme.count)
        guard isNamed, rest.hasPrefix("://") else { return false }
        return value.lowercased() == "file://" || isAuthority(rest.dropFirst(3))
    }

    mutating func applyPublicName(_ value: String) throws(Problem) {
        guard (1...253).contains(value.utf8.count), value.utf8.allSatisfy(Self.isHostByte),
            !value.hasPrefix("."), !value.hasPrefix("-")
        else {
            throw .invalid(
                "`\(Mistake.printable(value))` is no host name.",
                accepted: "a name such as turn.example.org, without scheme and port")
        }
        configuration.web.publicName = value
    }

    /// A host, or an IPv6 address in brackets, and perhaps a port; no path.
    static func isAuthority(_ text: Substring) -> Bool {
        var rest = text
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            rest = rest[rest.index(after: end)...]
        } else {
            let host = rest.prefix { $0 != ":" }
            guard !host.isEmpty, host.utf8.allSatisfy(isHostByte) else { return false }
            rest = rest.dropFirst(host.count)
        }
        return rest.isEmpty || rest.first == ":" && UInt16(rest.dropFirst()) != nil
    }

    static func isNameByte(_ byte: UInt8) -> Bool {
        isHostByte(byte) || byte == UInt8(ascii: "_")
    }

    /// Letters, digits, `-` and `.` (RFC 952, RFC 1123 §2.1).
    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "."): true
        default: false
        }
    }

    /// Keys without a secret can issue nothing.
    mutating func reviewWeb() {
        let credentials = configuration.credentials
        guard !configuration.web.keys.isEmpty, credentials.secrets.isEmpty,
            credentials.secretFiles.isEmpty
        else { return }
        attach(
            Problem(
                .warning, "api-key-without-secret",
                "No credential can be issued: there is no secret to make one from.",
                "Write static-auth-secret=SECRET or auth-secret-file=PATH."), to: "api-key")
    }
}
