import STUN

/// What configuration says about users.
package struct CredentialSettings: Sendable {
    package var realm: String
    /// `user=` lines.
    package var users: [StaticUser] = []
    /// `static-auth-secret` lines in their order: the one to issue with first, older ones behind.
    package var secrets: [Secret] = []
    /// `rest-api-separator`.
    package var separator = UInt8(ascii: ":")
    /// A time-limited name counts as expired this many seconds late: clocks differ.
    package var clockSkewSeconds: UInt64 = 30
    /// The longest name taken, in bytes. RFC 8489 §14.3 allows fewer than 509.
    package var nameLengthMax = 508

    package init(realm: String) { self.realm = realm }
}

/// One `user=` line.
package struct StaticUser: Sendable {
    package let name: String
    package let password: Password

    /// What the line says behind the name.
    package enum Password: Sendable {
        case text(Secret)
        /// `0x` and 32 digits: the MD5 of `name:realm:password`, fit for MD5 only.
        case md5Key(CredentialKey)
    }

    package init(name: String, password: Password) {
        self.name = name
        self.password = password
    }

    /// Reads `name:password` or `name:0xKEY`; nil for anything else, also for `0x` followed by
    /// anything but 32 hexadecimal digits.
    package init?(line: String) {
        guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else { return nil }
        let rest = line[line.index(after: colon)...]
        guard !rest.isEmpty else { return nil }
        name = String(line[..<colon])
        guard rest.hasPrefix("0x") else {
            password = .text(Secret(String(rest)))
            return
        }
        guard let bytes = Self.hexadecimal(rest.dropFirst(2)),
            let key = CredentialKey(.md5, bytes)
        else { return nil }
        password = .md5Key(key)
    }

    private static func hexadecimal(_ text: Substring) -> [UInt8]? {
        let digits = text.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }
}
