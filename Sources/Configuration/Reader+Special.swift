import Primitives

extension Reader {
    /// Reads the keys whose rule fits no common form.
    mutating func applySpecial(
        _ value: String, of key: Key, to entry: inout Report.Line
    ) throws(Problem) {
        switch key.name {
        case "listening-ip": try applyListening(value, &entry)
        case "listen-all":
            if try flag(value, &entry) {
                for wildcard in Self.wildcards {
                    append(wildcard, to: \.listening.addresses, &entry)
                }
            }
        case "external-ip": try applyExternal(value, &entry)
        case "allocation-default-address-family", "keep-address-family":
            try applyFamily(value, of: key, &entry)
        case "user": try applyUser(value)
        case "use-auth-secret": try applyUseSecret(value, &entry)
        case "static-auth-secret": try applySecret(value)
        case "auth-secret-file": try applySecretFile(value)
        case "rest-api-separator": try applySeparator(value)
        case "no-auth": _ = try flag(value, &entry)
        case "api-key": try applyAPIKey(value)
        case "cors-origin": try applyOrigin(value)
        case "public-name": try applyPublicName(value)
        case "token-key", "token-issuer", "token-audience", "calls-busy-mode",
            "calls-reconnect-policy", "webhook-url", "webhook-secret", "chat-resolver-url",
            "admin-token":
            try applyCalls(value, of: key, &entry)
        case "allow-loopback-peers": try applyLoopback(value, &entry)
        case "certificate": try applyCertificate(value, &entry)
        case "prometheus-path": try applyMetricsPath(value)
        case "relay-threads", "cpus", "verbose", "Verbose", "log-min-level", "log-file",
            "log-format", "syslog-facility":
            try applyService(value, of: key, &entry)
        default: preconditionFailure("the table calls \(key.name) special, nothing reads it")
        }
    }

    /// The wildcard addresses, IPv4 first.
    private static let wildcards = [IPAddress(v4: 0), IPAddress(v6High: 0, low: 0)]

    private mutating func applyListening(
        _ value: String, _ entry: inout Report.Line
    ) throws(Problem) {
        try checkCount(configuration.listening.addresses.count)
        if value.isEmpty {
            entry.problems.append(
                Problem(
                    .note, "empty-listening-ip",
                    "Without a value this is 0.0.0.0, every IPv4 address, as in coturn.",
                    "Write listening-ip=0.0.0.0."))
            append(IPAddress(v4: 0), to: \.listening.addresses, &entry)
        } else {
            append(try address(value), to: \.listening.addresses, &entry)
        }
    }

    private mutating func applyFamily(
        _ value: String, of key: Key, _ entry: inout Report.Line
    ) throws(Problem) {
        if key.name == "keep-address-family" {
            if try flag(value, &entry) { configuration.relay.defaultFamily = .keep }
        } else if let family = ServerConfiguration.DefaultFamily(rawValue: value) {
            configuration.relay.defaultFamily = family
        } else {
            throw .invalid("`\(entry.value)` is no family.", accepted: "ipv4, ipv6 or keep")
        }
    }

    private mutating func applyLoopback(
        _ value: String, _ entry: inout Report.Line
    ) throws(Problem) {
        if value == "force" {
            configuration.peers.allowsLoopback = true
            entry.verdict = .dangerous
            entry.message =
                "Every user reaches the services of this machine that listen on loopback."
        } else {
            _ = try flag(value, &entry)
        }
    }
}
