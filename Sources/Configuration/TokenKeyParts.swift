/// The parts of a `token-key` value, `[NAME:]ALGORITHM:VALUE`.
struct TokenKeyParts {
    let name: String?
    let algorithm: ServerConfiguration.TokenKeyAlgorithm
    /// A secret, `file:PATH` of one, or the path of a public key.
    let value: String

    private static let accepted =
        "[NAME:]HS256:SECRET, [NAME:]HS256:file:PATH, or [NAME:] and EdDSA, ES256 or RS256 with"
        + " :PATH of a public key in PEM form"

    /// An algorithm in the first place is one, never a name.
    init(_ text: String) throws(Problem) {
        let (first, rest) = Self.split(text[...])
        guard let rest else {
            throw .invalid("There is no algorithm here.", accepted: Self.accepted)
        }
        if let algorithm = Self.algorithm(first) {
            (name, self.algorithm, value) = (nil, algorithm, String(rest))
        } else {
            let (second, last) = Self.split(rest)
            guard let last, let algorithm = Self.algorithm(second) else {
                throw .invalid(
                    "Neither the first word nor the second is an algorithm that tokens may have.",
                    accepted: Self.accepted)
            }
            guard (1...64).contains(first.utf8.count), first.utf8.allSatisfy(Reader.isNameByte)
            else {
                throw .invalid(
                    "The name of the key is not one that tokens can say (`kid`).",
                    accepted: "1 to 64 letters, digits, `-`, `_` and `.`")
            }
            (name, self.algorithm, value) = (String(first), algorithm, String(last))
        }
        guard !value.isEmpty, value != "file:" else {
            throw .invalid("There is no key after the algorithm.", accepted: Self.accepted)
        }
    }

    /// The key as it may be shown: a secret is not.
    var shown: String {
        let prefix = (name.map { $0 + ":" } ?? "") + algorithm.rawValue + ":"
        if case .secret = material { return prefix + "***" }
        return prefix + Mistake.printable(value)
    }

    var material: ServerConfiguration.TokenKey.Material {
        guard algorithm == .hs256 else { return .publicKeyFile(value) }
        return value.hasPrefix("file:")
            ? .secretFile(String(value.dropFirst("file:".utf8.count))) : .secret(value)
    }

    private static func split(_ text: Substring) -> (Substring, Substring?) {
        guard let colon = text.firstIndex(of: ":") else { return (text, nil) }
        return (text[..<colon], text[text.index(after: colon)...])
    }

    private static func algorithm(_ text: Substring) -> ServerConfiguration.TokenKeyAlgorithm? {
        ServerConfiguration.TokenKeyAlgorithm.allCases.first {
            $0.rawValue.lowercased() == text.lowercased()
        }
    }
}

extension ServerConfiguration.TokenKey {
    /// What is wrong with a secret of HS256 tokens; nil when it is as it should be. An error where
    /// it must not be used. Holds nothing of the secret.
    package static func problem(ofSecret secret: String) -> Problem? {
        if secret.drop(while: \.isWhitespace).hasPrefix("-----BEGIN") {
            // Whoever has the public key could sign (RFC 8725 §2.1).
            return .invalid(
                "This is a key in PEM form; HS256 takes a secret that nobody else knows.",
                accepted: "EdDSA, ES256 or RS256, and the path of the public key")
        }
        let bytes = secret.utf8.count
        guard bytes >= 16 else {
            return .invalid(
                "The secret has \(bytes) bytes, so few that it can be searched for with one token.",
                accepted: "32 bytes or more, such as openssl rand -hex 32 makes")
        }
        // RFC 7518 §3.2: as long as the hash, or longer.
        guard bytes >= 32 else {
            return Problem(
                .warning, "short-secret",
                "The secret has \(bytes) bytes; HS256 is as strong as it can be from 32 on.",
                "Make one: openssl rand -hex 32")
        }
        return Mistake.weakness(of: secret, isShared: false).first
    }
}
