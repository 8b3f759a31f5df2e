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
            "log-format":
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

    private mutating func applyService(
        _ value: String, of key: Key, _ entry: inout Report.Line
    ) throws(Problem) {
        switch key.name {
        case "relay-threads":
            configuration.process.workers = max(1, try number(value, in: 0...128, &entry))
        case "cpus":
            let count = try number(value, in: 1...128, &entry)
            if lastLine["relay-threads"] == nil, lastLine["workers"] == nil {
                configuration.process.workers = count
            }
        case "verbose":
            let isOn = try flag(value, &entry)
            if isOn, configuration.log.level < .detail { configuration.log.level = .detail }
        case "Verbose":
            if try flag(value, &entry) { configuration.log.level = .debug }
        case "log-min-level": try applyLogLevel(value, &entry)
        case "log-format":
            guard let format = ServerConfiguration.LogFormat(rawValue: value.lowercased()) else {
                throw .invalid("`\(entry.value)` is no form.", accepted: "text or json")
            }
            configuration.log.format = format
        default: applyLogFile(value)
        }
    }

    /// coturn's `debug` is everything it has, which is its default and a matter of `verbose` too.
    private mutating func applyLogLevel(
        _ value: String, _ entry: inout Report.Line
    ) throws(Problem) {
        switch value.lowercased() {
        case "debug": entry.message = "Everything that `verbose` or `Verbose` adds is logged."
        case "info": configuration.log.level = .info
        case "warning": configuration.log.level = .warning
        case "error": configuration.log.level = .error
        default:
            throw .invalid(
                "`\(entry.value)` is no level.", accepted: "debug, info, warning or error")
        }
    }

    /// The special names of coturn's log file (`turnserver.conf`, log-file).
    private mutating func applyLogFile(_ value: String) {
        switch value {
        case "stdout", "-", "", "syslog": configuration.log.file = nil
        default: configuration.log.file = value
        }
    }
}
