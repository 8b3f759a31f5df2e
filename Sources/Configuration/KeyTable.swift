/// Every key that any coturn from 4.5.0 to 4.17 accepted, and Turnstone's own.
package enum KeyTable {
    /// Keys that belong together, as the full sample file shows them.
    package struct Group: Sendable {
        package let title: String
        package let keys: [Key]
    }

    package static let groups = [
        Group(title: "Listening", keys: listening),
        Group(title: "Relay addresses and ports", keys: relay),
        Group(title: "Credentials", keys: credentials),
        Group(title: "Applications", keys: web),
        Group(title: "Calls", keys: calls),
        Group(title: "Bounds of calls", keys: callLimits),
        Group(title: "Webhooks", keys: hooks),
        Group(title: "Quotas and rates", keys: limits),
        Group(title: "Peers", keys: peers),
        Group(title: "STUN and TURN answers", keys: answers),
        Group(title: "TCP, TLS and DTLS", keys: streams),
        Group(title: "Bounds of TCP, TLS and DTLS clients", keys: streamLimits),
        Group(title: "Logs", keys: logs),
        Group(title: "Metrics", keys: metrics),
        Group(title: "Administration", keys: administration),
        Group(title: "Process", keys: process),
        Group(title: "Databases", keys: databases),
        Group(title: "Several servers", keys: clusters),
    ]

    package static let keys: [Key] = groups.flatMap(\.keys)

    package static func key(named name: String) -> Key? { byName[name] }

    private static let byName = Dictionary(uniqueKeysWithValues: keys.map { ($0.name, $0) })

    /// Keys seen in real files that no coturn ever knew, with what was probably meant.
    static let strays = [
        "log-level": "coturn never had it; `verbose` and `log-min-level` set how much is logged.",
        "auth-secret": "Write `static-auth-secret=SECRET`.",
        "secret": "Write `static-auth-secret=SECRET`.",
        "password": "Write `user=NAME:PASSWORD`.",
        "username": "Write `user=NAME:PASSWORD`.",
        "port": "Write `listening-port=PORT`.",
        "external-address": "Write `external-ip=ADDRESS`.",
        "ip": "Write `listening-ip=ADDRESS`.",
        "tls-port": "Write `tls-listening-port=PORT`.",
        "no-sslv1": "TLS 1.2 is the oldest version either way.",
        "no-tlsv1_3": "TLS 1.3 cannot be switched off.",
        "key": "Write `pkey=PATH`.",
        "pkey-password": "Write `pkey-pwd=PASSWORD`.",
        "tls-cert": "Write `cert=PATH`.",
        "tls-key": "Write `pkey=PATH`.",
        "ciphers": "Write `cipher-list=LIST`.",
        "include": "No coturn and no Turnstone reads further files; put all lines into one.",
    ]
}
