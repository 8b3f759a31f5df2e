import Testing

@testable import Configuration

@Suite struct MigrationTests {
    private func database() throws -> CoturnDatabase {
        let bytes = try Repository.bytes(Repository.fixtures + "/databases/turndb")
        return try CoturnDatabase(SQLiteFile(bytes))
    }

    private func migrate(_ old: String, _ database: CoturnDatabase? = nil) -> (String, [String]) {
        let migration = Migration(Array(old.utf8), from: "/etc/turnserver.conf", database: database)
        return (String(decoding: migration.bytes, as: UTF8.self), migration.notes)
    }

    /// What counts of a file: lines that say something.
    private func settings(_ text: String) -> [String] {
        text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
    }

    @Test func linesStayAsTheyAre() {
        let old = "# mine\n\nlistening-port = 3478\n\tuser=a:b\r\nnonsense\nrealm=x"
        let (text, notes) = migrate(old)
        #expect(text.hasSuffix("\n\n" + old + "\n"))
        #expect(notes == [])
    }

    @Test func bytesThatAreNoTextStay() {
        let old: [UInt8] = Array("user=a:".utf8) + [0xff, 0xfe, 0x0a]
        let migration = Migration(old, from: "/etc/turnserver.conf", database: nil)
        #expect(migration.bytes.suffix(old.count) == old[...])
    }

    @Test func whatTheServiceHasItselfBecomesAComment() {
        let (text, notes) = migrate(
            "proc-user=turnserver\nlog-file=/var/log/turn.log\nlog-file=stdout\npidfile=/run/t.pid")
        #expect(settings(text) == ["log-file=stdout"])
        #expect(text.contains("# (left out: the service has its own) proc-user=turnserver\n"))
        #expect(notes.map { $0.prefix(7) } == ["line 1:", "line 2:", "line 4:"])
    }

    @Test func pathsAreTakenFromTheOldFolder() {
        let (text, notes) = migrate("cert=a.pem\npkey=/keys/a.pem\n")
        #expect(settings(text) == ["cert=/etc/a.pem", "pkey=/keys/a.pem"])
        #expect(notes == ["line 1: cert names /etc/a.pem now"])
    }

    @Test func usersOfTheRealmComeIn() throws {
        let (text, notes) = migrate(
            "realm=example.org\nlt-cred-mech\nuser=user07:pw\nuserdb=x\n", try database())
        let (configuration, report) = Configuration.parse(text, file: "new")
        #expect(report.severity < .error, "\(report.text)")
        let users = try #require(configuration?.credentials.users)
        // One of the forty stood in the file already; the long name is beyond what STUN can carry.
        #expect(users.count == 40)
        #expect(settings(text).filter { $0.hasPrefix("user=user07:") } == ["user=user07:pw"])
        #expect(text.contains("user=user08:0x00000000000000000000000000000008\n"))
        #expect(!text.contains("stranger") && !text.contains("co:lon"))
        #expect(notes.contains { $0.hasPrefix("user stranger is not taken over: it is of the") })
        #expect(notes.contains { $0.hasPrefix("user new is not taken over: it has a SHA-256") })
        #expect(notes.contains("user co:lon is not taken over: no line can hold its name"))
        #expect(notes.contains("not taken over: OAuth keys (1)"))
    }

    /// coturn uses either users or secrets; whoever was out stays out.
    @Test func secretsOfTheRealmComeInWhereSecretsAreUsed() throws {
        let (text, notes) = migrate("realm=example.org\nuse-auth-secret\n", try database())
        let secrets = settings(text).filter { $0.hasPrefix("static-auth-secret") }
        #expect(secrets == ["static-auth-secret=first secret"])
        #expect(!settings(text).contains { $0.hasPrefix("user=") })
        #expect(text.contains("\n#user=user08:0x"))
        #expect(notes.contains("a secret is not taken over: no line can hold it"))
        #expect(!notes.joined().contains("first secret") && !notes.joined().contains("foreign\""))
    }

    @Test func secretsStayOutWhereTheyWereNotUsed() throws {
        let (text, _) = migrate("realm=example.org\nlt-cred-mech\n", try database())
        #expect(!settings(text).contains { $0.hasPrefix("static-auth-secret") })
        #expect(text.contains("\n#static-auth-secret=first secret\n"))
    }

    @Test func peerRangesOfTheRealmAndOfAllComeIn() throws {
        let (text, _) = migrate("realm=example.org\n", try database())
        let peers = settings(text).filter { $0.contains("-peer-ip") }
        #expect(
            peers == ["allowed-peer-ip=10.20.0.0-10.20.0.255", "denied-peer-ip=192.0.2.1"])
    }

    @Test func theOnlyRealmIsTaken() {
        var database = CoturnDatabase()
        database.accounts = [
            .init(realm: "one.org", name: "a", key: "0123456789abcdef0123456789abcdef")
        ]
        let (text, notes) = migrate("lt-cred-mech\n", database)
        #expect(settings(text).contains("realm=one.org"))
        #expect(notes.contains("realm=one.org is taken from the database"))
    }

    @Test func aNameCannotBecomeALine() {
        var database = CoturnDatabase()
        for name in ["a\nno-auth", "\"quoted\"x", " blank", "", "=b"] {
            database.accounts.append(
                .init(realm: "r", name: name, key: "0123456789abcdef0123456789abcdef"))
        }
        let (text, notes) = migrate("realm=r\n", database)
        #expect(!settings(text).contains("no-auth"))
        #expect(notes.filter { $0.contains("no line can hold its name") }.count == 5, "\(notes)")
    }

    @Test func theLastNamedDatabaseCounts() {
        let old = "userdb=/a\n#userdb=/c\ndb=/b\nuserdb=\n"
        #expect(Migration.databasePath(in: Array(old.utf8)) == "/b")
        #expect(Migration.databasePath(in: Array("realm=x\n".utf8)) == nil)
    }
}
