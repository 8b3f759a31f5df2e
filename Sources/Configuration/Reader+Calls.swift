import Primitives

extension Reader {
    /// Reads the keys of calls whose rule fits no common form.
    mutating func applyCalls(
        _ value: String, of key: Key, _ entry: inout Report.Line
    ) throws(Problem) {
        switch key.name {
        case "token-key": try applyTokenKey(value, entry)
        case "token-issuer": try appendText(value, to: \.calls.tokens.issuers)
        case "token-audience":
            // The first line replaces the default.
            if !has("token-audience") { configuration.calls.tokens.audiences = [] }
            try appendText(value, to: \.calls.tokens.audiences)
        case "calls-busy-mode":
            guard let mode = ServerConfiguration.BusyMode(rawValue: value) else {
                throw .invalid("`\(entry.value)` is no mode.", accepted: "reject or waiting")
            }
            configuration.calls.busyMode = mode
        case "calls-reconnect-policy":
            guard let policy = ServerConfiguration.ReconnectPolicy(rawValue: value) else {
                throw .invalid("`\(entry.value)` is no policy.", accepted: "both or any")
            }
            configuration.calls.reconnectPolicy = policy
        case "webhook-url": configuration.calls.hooks.url = try hookURL(value, &entry)
        case "chat-resolver-url":
            configuration.calls.hooks.resolverURL = try hookURL(value, &entry)
        case "webhook-secret": configuration.calls.hooks.secret = try longSecret(value)
        default: configuration.calls.adminToken = try longSecret(value)
        }
    }

    /// Reads `[NAME:]ALGORITHM:VALUE`.
    private mutating func applyTokenKey(_ value: String, _ entry: Report.Line) throws(Problem) {
        guard configuration.calls.tokens.keys.count < Configuration.Bounds.tokenKeys else {
            throw Problem(
                .error, "too-many",
                "This is one more than the \(Configuration.Bounds.tokenKeys) keys that are read.",
                "Delete those that sign no tokens any more.")
        }
        let parts = try TokenKeyParts(value)
        configuration.calls.tokens.keys.append(
            ServerConfiguration.TokenKey(
                name: parts.name, algorithm: parts.algorithm, material: try parts.material(),
                source: source(of: entry)))
    }

    private mutating func appendText(
        _ value: String, to path: WritableKeyPath<ServerConfiguration, [String]>
    ) throws(Problem) {
        try checkCount(configuration[keyPath: path].count)
        guard !value.isEmpty else {
            throw .invalid("The value is empty.", accepted: "any text")
        }
        if !configuration[keyPath: path].contains(value) {
            configuration[keyPath: path].append(value)
        }
    }

    /// 16 characters of base 64 are 96 bits.
    private func longSecret(_ value: String) throws(Problem) -> String {
        guard value.utf8.count >= 16, value.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw .invalid(
                "The secret is too short or not printable.",
                accepted: "16 printable characters or more, such as openssl rand -hex 32 makes")
        }
        return value
    }

    private func hookURL(
        _ value: String, _ entry: inout Report.Line
    ) throws(Problem) -> String {
        let lower = value.lowercased()
        guard lower.hasPrefix("https://") || lower.hasPrefix("http://") else {
            throw .invalid(
                "This is no address of a hook.",
                accepted: "https://app.example.org/path, or http:// on this machine")
        }
        return value
    }

    /// What only shows once all lines are known.
    mutating func reviewCalls() {}
}

/// The parts of a `token-key` value.
struct TokenKeyParts {
    let name: String?
    let algorithm: ServerConfiguration.TokenKeyAlgorithm
    private let value: String

    private static let accepted =
        "[NAME:]HS256:SECRET, [NAME:]HS256:file:PATH, or [NAME:] and EdDSA, ES256 or RS256 with"
        + " :PATH of a public key"

    init(_ text: String) throws(Problem) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw .invalid("There is no algorithm here.", accepted: Self.accepted)
        }
        if let algorithm = Self.algorithm(parts[0]) {
            name = nil
            self.algorithm = algorithm
            value = String(parts[1])
            return
        }
        let rest = parts[1].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard rest.count == 2, let algorithm = Self.algorithm(rest[0]) else {
            throw .invalid(
                "Neither the first word nor the second is an algorithm.", accepted: Self.accepted)
        }
        name = String(parts[0])
        self.algorithm = algorithm
        value = String(rest[1])
    }

    private static func algorithm(
        _ text: Substring
    ) -> ServerConfiguration.TokenKeyAlgorithm? {
        ServerConfiguration.TokenKeyAlgorithm.allCases.first {
            $0.rawValue.lowercased() == text.lowercased()
        }
    }

    func material() throws(Problem) -> ServerConfiguration.TokenKey.Material {
        guard !value.isEmpty else {
            throw .invalid("There is nothing after the algorithm.", accepted: Self.accepted)
        }
        guard algorithm == .hs256 else { return .publicKeyFile(value) }
        if value.hasPrefix("file:") { return .secretFile(String(value.dropFirst(5))) }
        return .secret(value)
    }
}
