@testable import Configuration

/// The texts that are made from the key table: the full sample file and the tables of the manual.
enum SampleText {
    /// `etc/turnstone-full.conf`: every key that does something.
    static var fullConfiguration: String {
        var out = """
            # Turnstone: every key that does something, what it means, its default and unit.
            # Made from the program's own table of keys by its tests; docs/configuration.md has the
            # rest: keys of coturn that have no effect, come later or are refused.
            #
            # KEY=VALUE, KEY VALUE or KEY = VALUE; one pair of double quotes around a value is
            # dropped. Only whole lines are comments. A boolean without a value is true.

            """
        for group in KeyTable.groups {
            let keys = group.keys.filter(isListed)
            if keys.isEmpty { continue }
            out +=
                "\n\n# ==== \(group.title) " + String(repeating: "=", count: 70 - group.title.count)
            for key in keys { out += "\n\n" + entry(key) }
        }
        return out + "\n"
    }

    static func isListed(_ key: Key) -> Bool { key.isOwn || key.verdict == .honoured }

    /// The example value of each key whose default would show nothing.
    static let examples = [
        "listening-ip": "192.0.2.1", "aux-server": "192.0.2.1:443", "relay-ip": "192.0.2.1",
        "listening-device": "eth0", "relay-device": "eth0",
        "external-ip": "203.0.113.5/10.0.0.4", "realm": "turn.example.org",
        "user": "alice:her-password", "static-auth-secret": "SECRET",
        "auth-secret-file": "/var/lib/turnstone/secret", "admin-group": "adm",
        "proc-user": "turnstone", "proc-group": "turnstone",
        "pidfile": "/run/turnstone/turnstone.pid", "denied-peer-ip": "192.0.2.0/24",
        "allowed-peer-ip": "10.20.0.0/16", "use-auth-secret": "",
        "cert": "/etc/turnstone/fullchain.pem", "pkey": "/etc/turnstone/privkey.pem",
        "pkey-pwd": "PASSWORD",
        "certificate": "/etc/turnstone/other.pem /etc/turnstone/other-key.pem",
        "cipher-list": "ECDHE+AESGCM:ECDHE+CHACHA20", "tcp-proxy-port": "5555",
        "proxy-from": "10.0.0.7", "api-key": "shop:KEY-OF-16-CHARACTERS-OR-MORE",
        "cors-origin": "https://app.example.org", "public-name": "turn.example.org",
        "token-key": "main:HS256:SECRET-OF-32-CHARACTERS-OR-MORE!",
        "token-issuer": "https://app.example.org",
        "webhook-url": "https://app.example.org/calls", "webhook-secret": "SECRET-OF-16-OR-MORE",
        "chat-resolver-url": "https://app.example.org/chats",
        "webhook-ca-file": "/etc/turnstone/app-ca.pem",
        "prometheus-address": "192.0.2.1",
        "prometheus-cert": "/etc/turnstone/metrics.pem",
        "prometheus-key": "/etc/turnstone/metrics-key.pem",
        "admin-token": "TOKEN-OF-16-OR-MORE", "state-dir": "/var/lib/turnstone",
    ]

    /// Keys that the sample sets, since a server without them serves nobody.
    private static let active: Set = ["realm", "auth-secret-file"]

    private static func entry(_ key: Key) -> String {
        var facts: [String] = []
        if !key.unit.isEmpty { facts.append("Unit: \(key.unit).") }
        facts.append(key.standard.isEmpty ? "No default." : "Default: \(key.standard).")
        if key.isRepeatable { facts.append("May stand several times.") }
        if key.isOwn { facts.append("Not known to coturn.") }
        if let since = key.since { facts.append("In coturn since \(since).") }
        let value = examples[key.name] ?? key.standard
        let setting = value.isEmpty ? key.name : "\(key.name)=\(value)"
        return comment(key.meaning + ".") + comment(facts.joined(separator: " "))
            + (active.contains(key.name) ? "" : "#") + setting
    }

    /// Comment rows of at most 96 columns.
    private static func comment(_ text: String) -> String {
        var rows = ["#"]
        for word in text.split(separator: " ") {
            if rows[rows.count - 1].count + 1 + word.count > 96 { rows.append("#") }
            rows[rows.count - 1] += " " + word
        }
        return rows.joined(separator: "\n") + "\n"
    }

    /// The tables of `docs/configuration.md`, one for each group of keys.
    static var manualTables: String {
        KeyTable.groups.map { group in
            "### \(group.title)\n\n| key | verdict | meaning | default | unit | coturn |\n"
                + "|---|---|---|---|---|---|\n" + group.keys.map(row).joined()
        }.joined(separator: "\n")
    }

    private static func row(_ key: Key) -> String {
        let meaning = key.meaning + "." + (key.note.map { " " + $0 } ?? "")
        let standard = key.standard.isEmpty ? "" : "`\(key.standard)`"
        let cells = [
            "`\(key.name)`", key.verdict.rawValue, meaning, standard, key.unit, versions(key),
        ]
        return "| " + cells.joined(separator: " | ") + " |\n"
    }

    private static func versions(_ key: Key) -> String {
        if key.isOwn { return "never" }
        switch (key.since, key.removed) {
        case (nil, nil): return ""
        case (let since?, nil): return "since \(since)"
        case (nil, let removed?): return "until \(removed)"
        case (let since?, let removed?): return "\(since) until \(removed)"
        }
    }
}
