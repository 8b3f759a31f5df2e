/// Recognises what people get wrong in values, whatever the key.
enum Mistake {
    /// The mistakes in a value of `key`. Never holds the value when the key is secret.
    static func all(in value: String, of key: Key) -> [Problem] {
        var found: [Problem] = []
        if !key.isNumeric, hasTrailingComment(value) {
            found.append(
                Problem(
                    .warning, "trailing-comment",
                    "The text from `#` on is part of the value: only whole lines are comments.",
                    "Put the comment on a line of its own."))
        }
        let core = secretPart(of: value, key.name)
        let variable = variable(in: core)
        switch variable {
        case .none: break
        case .whole:
            found.append(
                Problem(
                    .error, "unexpanded-variable",
                    "The value is a variable that nobody replaced; this file knows no variables.",
                    "Write the value itself, or run the template through what fills it in."))
        case .part:
            found.append(
                Problem(
                    .warning, "unexpanded-variable",
                    "A part of the value looks like a variable; this file knows no variables.",
                    "Write the value itself."))
        }
        if variable != .whole, key.name == "user" || key.name == "static-auth-secret" {
            found += weakness(of: core, isShared: key.name == "static-auth-secret")
        }
        return found
    }

    /// What a template would fill in.
    private static func secretPart(of value: String, _ key: String) -> String {
        switch key {
        case "user", "api-key": afterColon(value)
        case "token-key": (try? TokenKeyParts(value))?.value ?? value
        default: value
        }
    }

    private static func afterColon(_ value: String) -> String {
        guard let colon = value.firstIndex(of: ":") else { return value }
        return String(value[value.index(after: colon)...].drop { $0 == " " || $0 == "\t" })
    }

    static func hasTrailingComment(_ value: String) -> Bool {
        var previous: UInt8 = 0
        for byte in value.utf8 {
            if byte == UInt8(ascii: "#"), previous == 0x20 || previous == 0x09 { return true }
            previous = byte
        }
        return false
    }

    enum Variable { case none, part, whole }

    /// Recognises `${NAME}`, `$(command)`, `{{ name }}`, and as a whole value `$NAME`,
    /// `%NAME%`, `__name__`.
    static func variable(in value: String) -> Variable {
        let pairs = [("${", "}"), ("$(", ")"), ("{{", "}}")]
        for (open, close) in pairs {
            guard let start = firstRange(of: open, in: value),
                firstRange(of: close, in: value[start.upperBound...]) != nil
            else { continue }
            return value.hasPrefix(open) && value.hasSuffix(close) ? .whole : .part
        }
        let bytes = value.utf8
        if bytes.count > 4, value.hasPrefix("__"), value.hasSuffix("__") { return .whole }
        let isName = { (name: Substring.UTF8View) in
            name.first.map { !(0x30...0x39).contains($0) } ?? false
                && name.allSatisfy {
                    (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || $0 == 0x5f
                }
        }
        if bytes.first == UInt8(ascii: "$"), isName(value.dropFirst().utf8) { return .whole }
        if bytes.count > 2, bytes.first == UInt8(ascii: "%"), bytes.last == UInt8(ascii: "%"),
            isName(value.dropFirst().dropLast().utf8)
        {
            return .whole
        }
        return .none
    }

    private static func firstRange(
        of needle: String, in text: some StringProtocol
    ) -> Range<String.Index>? {
        var index = text.startIndex
        while index < text.endIndex {
            if text[index...].hasPrefix(needle) {
                return index..<text.index(index, offsetBy: needle.count)
            }
            index = text.index(after: index)
        }
        return nil
    }

    /// A secret that the whole world can look up, or guess.
    static func weakness(of secret: String, isShared: Bool) -> [Problem] {
        let plain = String(secret.lowercased().filter { $0.isLetter || $0.isNumber })
        let brackets = [("<", ">"), ("[", "]")]
        let isTemplate =
            brackets.contains { secret.hasPrefix($0) && secret.hasSuffix($1) }
            || plain.hasPrefix("your")
        if isTemplate || placeholders.contains(plain) {
            return [
                Problem(
                    .warning, "placeholder-secret",
                    "This stands in a manual or is everyone's first guess: anyone can use the"
                        + " relay.",
                    "Make one: openssl rand -hex 32")
            ]
        }
        // 16 characters of a random alphabet are 64 bits and more; less can be searched offline,
        // since every client sees a name and a password made from the secret.
        guard isShared, (1..<16).contains(secret.utf8.count) else { return [] }
        return [
            Problem(
                .warning, "short-secret",
                "The secret is short enough to be searched for by anyone who was given a"
                    + " credential.",
                "Make one: openssl rand -hex 32")
        ]
    }

    /// From the manuals of coturn and of what people run it with; letters and digits only.
    private static let placeholders: Set = [
        "north", "logen", "replacethis", "replacethissecret", "replacethiswitharealsecret",
        "replaceme", "changeme", "changethis", "changeit", "secret", "mysecret", "mysecretkey",
        "mysupersecret", "supersecret", "turnsecret", "sharedsecret",
        "staticauthsecret", "authsecret", "password", "pass", "passwd", "somepassword",
        "password1", "test", "test123", "testpassword", "1234", "12345", "123456",
        "12345678", "123456789", "key1", "key2", "youhavetoberealistic", "qwerty", "admin",
        "turn", "turnserver", "coturn", "nextcloud", "jitsi", "matrix", "guest", "todo", "xxx",
        "longrandomstring", "averylongrandomstring", "insertsecrethere", "s3cr3t", "example",
        "somesecret", "somerandomsecret", "deadbeef", "foobar", "placeholder",
    ]
}
