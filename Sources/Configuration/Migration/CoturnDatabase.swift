/// What coturn keeps in its SQLite file (`turndb/schema.sql`), as far as there is a use for it.
package struct CoturnDatabase: Sendable, Equatable {
    struct Account: Sendable, Equatable {
        var realm: String
        var name: String
        /// MD5(name:realm:password) in hexadecimal.
        var key: String
    }

    struct Entry: Sendable, Equatable {
        var realm: String
        var value: String
    }

    var accounts: [Account] = []
    var secrets: [Entry] = []
    var allowedPeers: [Entry] = []
    var deniedPeers: [Entry] = []
    /// Rows of tables that mean nothing here, by a name for people.
    var others: [(name: String, rows: Int)] = []

    package init(_ file: SQLiteFile) throws(SQLiteFailure) {
        accounts = try (file.rows(of: "turnusers_lt") ?? []).compactMap { row in
            guard let name = row["name"], let key = row["hmackey"] else { return nil }
            return Account(realm: row["realm"] ?? "", name: name, key: key)
        }
        secrets = try Self.entries(file, "turn_secret", "value")
        allowedPeers = try Self.entries(file, "allowed_peer_ip", "ip_range")
        deniedPeers = try Self.entries(file, "denied_peer_ip", "ip_range")
        for (table, name) in [
            ("admin_user", "accounts of coturn's web page"), ("oauth_key", "OAuth keys"),
            ("turn_origin_to_realm", "realms by origin"),
            ("turn_realm_option", "options of realms"),
        ] {
            let count = try file.rows(of: table)?.count ?? 0
            if count > 0 { others.append((name, count)) }
        }
    }

    init() {}

    /// What was found, for people.
    package var summary: String {
        let peers = allowedPeers.count + deniedPeers.count
        return [(accounts.count, "user"), (secrets.count, "secret"), (peers, "peer range")]
            .map(Migration.count).joined(separator: ", ")
    }

    private static func entries(
        _ file: SQLiteFile, _ table: String, _ column: String
    ) throws(SQLiteFailure) -> [Entry] {
        try (file.rows(of: table) ?? []).compactMap { row in
            guard let value = row[column], !value.isEmpty else { return nil }
            return Entry(realm: row["realm"] ?? "", value: value)
        }
    }

    package static func == (a: Self, b: Self) -> Bool {
        a.accounts == b.accounts && a.secrets == b.secrets && a.allowedPeers == b.allowedPeers
            && a.deniedPeers == b.deniedPeers && a.others.map(\.name) == b.others.map(\.name)
            && a.others.map(\.rows) == b.others.map(\.rows)
    }
}
