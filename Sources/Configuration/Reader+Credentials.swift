import Primitives

extension Reader {
    mutating func applyUser(_ value: String) throws(Problem) {
        let accepted = "NAME:PASSWORD, or NAME:0x followed by 32 hexadecimal digits"
        guard let colon = value.firstIndex(of: ":"), colon != value.startIndex else {
            throw .invalid("There is no name and password here.", accepted: accepted)
        }
        let name = String(value[..<colon])
        // coturn skips blanks after the colon (userdb.c, add_static_user_account).
        let secret = value[value.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        guard !secret.isEmpty else {
            throw .invalid("The password is empty.", accepted: accepted)
        }
        guard name.utf8.count <= 508 else {
            throw .invalid("The name is too long.", accepted: "at most 508 bytes (RFC 8489 §14.3)")
        }
        let user = ServerConfiguration.StaticUser(
            name: name, key: try Self.userKey(secret, accepted))
        if userIndex[name] == nil { userIndex[name] = configuration.credentials.users.count }
        if let index = userIndex[name], index < configuration.credentials.users.count {
            configuration.credentials.users[index] = user
            throw Problem(
                .warning, "repeated-user",
                "An earlier line has an account of this name; this one replaces it.",
                "Delete one of them.")
        }
        configuration.credentials.users.append(user)
    }

    private static func userKey(
        _ text: Substring, _ accepted: String
    ) throws(Problem) -> ServerConfiguration.StaticUser.Key {
        guard text.hasPrefix("0x") else { return .password(String(text)) }
        let digits = Array(text.utf8.dropFirst(2))
        var key: [UInt8] = []
        guard digits.count == 32 else {
            throw .invalid("A key has 32 hexadecimal digits.", accepted: accepted)
        }
        for index in stride(from: 0, to: 32, by: 2) {
            guard let high = nibble(digits[index]), let low = nibble(digits[index + 1]) else {
                throw .invalid("A key has hexadecimal digits only.", accepted: accepted)
            }
            key.append(high << 4 | low)
        }
        return .md5(key)
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    /// coturn ignores the value, whatever it is, and switches time-limited credentials on.
    mutating func applyUseSecret(_ value: String, _ entry: inout Report.Line) throws(Problem) {
        configuration.credentials.usesSecrets = true
        switch value.lowercased() {
        case "", "1", "y", "yes", "t", "true", "on": break
        case "0", "n", "no", "f", "false", "off":
            entry.problems.append(
                Problem(
                    .warning, "value-ignored",
                    "coturn ignores the value and accepts time-limited credentials; so does this.",
                    "Delete the line to accept none."))
        default:
            // The value is a secret that its author believes to be in force.
            entry.value = "***"
            entry.problems.append(
                Problem(
                    .warning, "secret-in-flag",
                    "The value looks like a secret, which is lost here: this key takes none.",
                    "Write use-auth-secret, and static-auth-secret=SECRET on a line of its own."))
        }
    }

    mutating func applySecret(_ value: String) throws(Problem) {
        guard !value.isEmpty else {
            throw .invalid("The secret is empty.", accepted: "any text, 32 characters or more")
        }
        guard configuration.credentials.secrets.count < Configuration.Bounds.secrets else {
            throw Problem(
                .error, "too-many",
                "This is one more than the \(Configuration.Bounds.secrets) secrets that are read.",
                "Delete those that no longer issue credentials.")
        }
        configuration.credentials.secrets.append(value)
    }

    mutating func applySecretFile(_ value: String) throws(Problem) {
        guard value.hasPrefix("/") else {
            throw .invalid(
                "`\(Mistake.printable(value))` is no absolute path.",
                accepted: "a path from the root, such as /var/lib/turnstone/secret")
        }
        try checkCount(configuration.credentials.secretFiles.count)
        configuration.credentials.secretFiles.append(value)
    }

    mutating func applySeparator(_ value: String) throws(Problem) {
        guard let first = value.utf8.first, first > 0x20, first < 0x7f,
            !(0x30...0x39).contains(first), value.utf8.count == 1
        else {
            throw .invalid(
                "`\(Mistake.printable(value))` is no separator.",
                accepted: "one visible ASCII character that is no digit")
        }
        configuration.credentials.separator = first
    }

}
