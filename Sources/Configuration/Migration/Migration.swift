/// A file for Turnstone out of coturn's own and its database.
///
/// Lines stay as they are, with their comments. What would be wrong at the new place becomes a
/// comment that says why; what the database holds stands at the end. Nothing is opened to anybody
/// who could not come in before: users that coturn passed over stay out.
package struct Migration: Sendable {
    /// The new file.
    package private(set) var bytes: [UInt8] = []
    /// What is not as it was, a line each. No secrets.
    package private(set) var notes: [String] = []

    private let folder: String
    private let hasDatabase: Bool
    private var realm: String?
    private var usesSecrets = false
    private var known: Set<String> = []

    /// - Parameters:
    ///   - old: what coturn's file holds.
    ///   - source: its path, absolute.
    ///   - database: what its database holds; nil when none was read.
    package init(_ old: [UInt8], from source: String, database: CoturnDatabase?) {
        folder = source.lastIndex(of: "/").map { String(source[..<$0]) } ?? ""
        hasDatabase = database != nil
        add("# Taken over from \(source) by `turnstone migrate`.")
        add("")
        for (index, line) in Self.lines(of: old).enumerated() { takeOver(line, number: index + 1) }
        if let database { takeOver(database) }
    }

    /// The database that the file names, else the one that coturn takes by itself; the second is
    /// only there where the first is not.
    package static func databasePath(in old: [UInt8]) -> String? {
        lines(of: old).enumerated().compactMap { Line(number: $0.offset + 1, bytes: $0.element) }
            .last { ($0.key == "userdb" || $0.key == "db") && !$0.value.isEmpty }?.value
    }

    /// Where coturn's packages keep it.
    package static let databasePaths = [
        "/var/lib/turn/turndb", "/var/db/turndb", "/usr/local/var/db/turndb",
    ]

    private static func lines(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    private mutating func add(_ text: String) { bytes += Array(text.utf8) + [UInt8(ascii: "\n")] }
}

// MARK: - the file

extension Migration {
    private mutating func takeOver(_ raw: ArraySlice<UInt8>, number: Int) {
        guard let line = Line(number: number, bytes: raw) else {
            bytes += raw + [UInt8(ascii: "\n")]
            return
        }
        if let reason = reasonToLeaveOut(line) {
            notes.append("line \(number): \(line.key) is left out: \(reason)")
            bytes += Array("# (left out: \(reason)) ".utf8) + raw + [UInt8(ascii: "\n")]
            return
        }
        remember(line)
        guard let key = KeyTable.key(named: line.key), key.unit == "path", !line.value.isEmpty,
            key.verdict == .honoured, !line.value.hasPrefix("/"), line.key != "log-file"
        else {
            bytes += raw + [UInt8(ascii: "\n")]
            return
        }
        // coturn looks in its own folders, and this file is in another.
        notes.append("line \(number): \(line.key) names \(folder)/\(line.value) now")
        add("\(line.key)=\(folder)/\(line.value)")
    }

    /// Nil for a line that stays.
    private func reasonToLeaveOut(_ line: Line) -> String? {
        switch line.key {
        case "userdb", "db":
            hasDatabase ? "what it holds is in this file" : "no database was read"
        case "proc-user", "proc-group", "pidfile", "daemon":
            "the service has its own"
        case "log-file" where line.value != "stdout" && line.value != "-":
            "the log is in the journal; the service may write below /var/log/turnstone"
        case "no-stdout-log": "the log is in the journal"
        default: nil
        }
    }

    private mutating func remember(_ line: Line) {
        switch line.key {
        case "realm": realm = line.value
        case "use-auth-secret": usesSecrets = usesSecrets || Line.boolean(line.value) != false
        case "static-auth-secret": usesSecrets = true
        default: break
        }
        let name = line.key == "user" ? String(line.value.prefix { $0 != ":" }) : line.value
        known.insert(line.key + "=" + name)
    }
}

// MARK: - the database

extension Migration {
    private mutating func takeOver(_ database: CoturnDatabase) {
        let realms = Set(database.accounts.map(\.realm) + database.secrets.map(\.realm))
        if realm == nil, realms.count == 1, let only = realms.first, !only.isEmpty {
            add("\n# The realm of everybody in the database; the file named none.")
            add("realm=\(only)")
            realm = only
            notes.append("realm=\(only) is taken from the database")
        }
        takeOverAccounts(database.accounts)
        takeOverSecrets(database.secrets)
        takeOver(database.allowedPeers, as: "allowed-peer-ip")
        takeOver(database.deniedPeers, as: "denied-peer-ip")
        for other in database.others {
            notes.append("not taken over: \(other.name) (\(other.rows))")
        }
    }

    private mutating func takeOverAccounts(_ accounts: [CoturnDatabase.Account]) {
        guard !accounts.isEmpty else { return }
        add("\n# Users of the database, with their keys.")
        if usesSecrets {
            add("# coturn let none of them in while it had a secret. Without the # they may come.")
            notes.append(
                "users of the database stay comments (\(accounts.count)): coturn passes over users"
                    + " while it has a secret")
        }
        var taken = 0
        for account in accounts {
            if let reason = reasonToRefuse(account) {
                notes.append("user \(Mistake.printable(account.name)) is not taken over: \(reason)")
                continue
            }
            guard known.insert("user=" + account.name).inserted else { continue }
            add((usesSecrets ? "#" : "") + "user=\(account.name):0x\(account.key)")
            taken += 1
        }
        if !usesSecrets {
            notes.append("taken over from the database: \(Self.count(taken, "user"))")
        }
    }

    private func reasonToRefuse(_ account: CoturnDatabase.Account) -> String? {
        if let realm, account.realm != realm {
            return "it is of the realm \(Mistake.printable(account.realm)), and the realm is part"
                + " of its key"
        }
        if account.key.count == 64 { return "it has a SHA-256 key; set its password again" }
        guard account.key.count == 32, account.key.allSatisfy(\.isHexDigit) else {
            return "its key is none"
        }
        let name = account.name
        guard !name.isEmpty, !name.contains(":"), Self.survives("user", "\(name):0x\(account.key)")
        else { return "no line can hold its name" }
        return nil
    }

    private mutating func takeOverSecrets(_ secrets: [CoturnDatabase.Entry]) {
        guard !secrets.isEmpty else { return }
        add("\n# Secrets of the database.")
        if !usesSecrets {
            add("# coturn did not use them without use-auth-secret. Without the # they hold.")
            notes.append(
                "secrets of the database stay comments (\(secrets.count)): coturn does not use"
                    + " them without use-auth-secret")
        }
        var taken = 0
        for secret in secrets {
            if let realm, secret.realm != realm {
                notes.append(
                    "a secret is not taken over: it is of the realm"
                        + " \(Mistake.printable(secret.realm))")
                continue
            }
            guard Self.survives("static-auth-secret", secret.value) else {
                notes.append("a secret is not taken over: no line can hold it")
                continue
            }
            guard known.insert("static-auth-secret=" + secret.value).inserted else { continue }
            add((usesSecrets ? "" : "#") + "static-auth-secret=\(secret.value)")
            taken += 1
        }
        if usesSecrets {
            notes.append("taken over from the database: \(Self.count(taken, "secret"))")
        }
    }

    private mutating func takeOver(_ entries: [CoturnDatabase.Entry], as key: String) {
        let mine = entries.filter { $0.realm.isEmpty || realm == nil || $0.realm == realm }
        let kept = mine.filter { Self.survives(key, $0.value) }
        guard !kept.isEmpty else { return }
        add("\n# From the database.")
        for entry in kept where known.insert("\(key)=\(entry.value)").inserted {
            add("\(key)=\(entry.value)")
        }
        notes.append("taken over from the database: \(Self.count(kept.count, "line")) of \(key)")
    }

    static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }

    /// Whether a line is read as what it was meant to be, and accepted.
    private static func survives(_ key: String, _ value: String) -> Bool {
        let text = Array("\(key)=\(value)".utf8)
        guard text.count <= Configuration.Bounds.lineBytes,
            !text.contains(where: { $0 < 0x20 || $0 == 0x7f }),
            let line = Line(number: 1, bytes: text[...]), line.key == key, line.value == value,
            let verdict = Configuration.parse(text, file: "").1.lines.first
        else { return false }
        return verdict.severity < .error
    }
}
