extension Reader {
    /// Reads the keys of calls whose rule fits no common form.
    mutating func applyCalls(
        _ value: String, of key: Key, _ entry: inout Report.Line
    ) throws(Problem) {
        switch key.name {
        case "token-key": try applyTokenKey(value, &entry)
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
        case "webhook-url": configuration.calls.hooks.url = try hook(value, &entry)
        case "chat-resolver-url": configuration.calls.hooks.resolverURL = try hook(value, &entry)
        case "webhook-secret": configuration.calls.hooks.secret = try longSecret(value)
        default: configuration.calls.adminToken = try longSecret(value)
        }
    }

    private mutating func applyTokenKey(
        _ value: String, _ entry: inout Report.Line
    ) throws(Problem) {
        guard configuration.calls.tokens.keys.count < Configuration.Bounds.tokenKeys else {
            throw Problem(
                .error, "too-many",
                "This is one more than the \(Configuration.Bounds.tokenKeys) keys that are read.",
                "Delete those that sign no tokens any more.")
        }
        let parts = try TokenKeyParts(value)
        if case .secret(let secret) = parts.material,
            let problem = ServerConfiguration.TokenKey.problem(ofSecret: secret)
        {
            entry.problems.append(problem)
        }
        configuration.calls.tokens.keys.append(
            ServerConfiguration.TokenKey(
                name: parts.name, algorithm: parts.algorithm, material: parts.material,
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
                "It is too short, or has characters that are not printable.",
                accepted: "16 printable characters or more, such as openssl rand -hex 32 makes")
        }
        return value
    }

    private func hook(_ value: String, _ entry: inout Report.Line) throws(Problem) -> String {
        let address = try HookAddress(value)
        if !address.isEncrypted, !address.isLocal {
            entry.problems.append(
                Problem(
                    .warning, "hook-in-clear",
                    "Who calls whom goes through the network in clear.",
                    "Write https://, or have the hook on this machine."))
        }
        return value
    }
}
