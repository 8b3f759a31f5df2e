import Admin
import Configuration
import Testing

@testable import Appliance

@Suite struct ReloadCostTests {
    /// With calls, or nothing about them could be taken over.
    private static let base =
        "token-key=HS256:a secret of thirty-two bytes, no less\nlt-cred-mech\nuser=a:b\n"

    private static func parsed(_ text: String) -> (ServerConfiguration, Report)? {
        let (configuration, report) = Configuration.parse(text, file: "f")
        return configuration.map { ($0, report) }
    }

    /// Values of every form that there is.
    private static let values = [
        "", "no", "77", "5", "1024", "1", "203.0.113.9", "10.0.0.0-10.0.0.9", "192.0.2.0/24",
        "other", "/tmp/other", "name:pass-word-of-length", "203.0.113.9:99", "json", "ipv6",
        "warning", "https://other.example/", "other.example", "203.0.113.9/10.0.0.1",
        "shop:a-key-of-16-characters-or-more", "main:HS256:another secret of 32 bytes, no less",
    ]

    @Test("What a key is said to cost is what a reload does with it")
    func costsAreTrue() throws {
        let (old, _) = try #require(Self.parsed(Self.base))
        for key in KeyTable.keys {
            for value in Self.values {
                let line = value.isEmpty ? key.name : "\(key.name)=\(value)"
                guard let (new, _) = Self.parsed(Self.base + line + "\n"), new != old
                else { continue }
                var taken = old
                taken.takeOver(new)
                switch ReloadCost.cost(of: key.name) {
                case .restart: #expect(taken != new, "\(line) is taken over")
                case .nothing, .sessions: #expect(taken == new, "\(line) waits for a restart")
                case .noEffect: break
                }
            }
        }
    }

    @Test func differencesAreFoundAlsoInSecrets() throws {
        let (_, old) = try #require(
            Self.parsed(
                "realm=a\nuser=x:1\nuser=y:2\nstatic-auth-secret=one\nlistening-device=a\n"))
        let (_, new) = try #require(
            Self.parsed(
                "realm=a\nuser=x:1\nuser=y:3\nstatic-auth-secret=two\nlistening-device=b\n"))
        let changes = ReloadCost.changes(from: old.lines, to: new.lines)
        #expect(changes.map(\.key) == ["user", "static-auth-secret", "listening-device"])
        #expect(changes[0].removed == ["y:***"])
        #expect(changes[0].added == ["y:***"])
        #expect(changes[1].added == ["***"])
        #expect(changes[2].cost == .restart)
        #expect(ReloadCost.changes(from: old.lines, to: old.lines).isEmpty)
        let force = ReloadCost.inForce(old.lines, new.lines, changes)
        #expect(force.first { $0.key == "listening-device" }?.value == "a")
    }

    @Test("Each key that waits for a restart is one that does something, and says why")
    func waitingKeysAreKnown() {
        for (key, reason) in ReloadCost.waiting {
            #expect(ReloadCost.cost(of: key) == .restart, "\(key)")
            #expect(!reason.isEmpty)
        }
    }

    @Test func sessionsThatEndAreNamed() throws {
        let (old, before) = try #require(Self.parsed("lt-cred-mech\nuser=x:1\nuser=y:2\n"))
        let (new, after) = try #require(Self.parsed("lt-cred-mech\nuser=x:1\n"))
        var changes = ReloadCost.changes(from: before.lines, to: after.lines)
        ReloadCost.name(&changes, from: old, to: new, allocations: ["y": 2, "x": 1])
        #expect(changes.first?.cost == .sessions)
        #expect(changes.first?.note == "ends 2 allocations of y")
    }

    @Test(
        "What lets allocations end later is named too",
        arguments: [
            ("", "stun-only", true), ("stun-only", "", false),
            ("", "max-allocation-age=3600", true),
            ("max-allocation-age=3600", "max-allocation-age=60", true),
            ("max-allocation-age=60", "max-allocation-age=3600", false),
            ("max-allocation-age=60", "", false),
        ])
    func slowEndsAreNamed(from: String, to: String, ends: Bool) throws {
        let (old, before) = try #require(Self.parsed("lt-cred-mech\nuser=x:1\n\(from)\n"))
        let (new, after) = try #require(Self.parsed("lt-cred-mech\nuser=x:1\n\(to)\n"))
        var changes = ReloadCost.changes(from: before.lines, to: after.lines)
        ReloadCost.name(&changes, from: old, to: new, allocations: [:])
        #expect(changes.first?.cost == (ends ? .sessions : .nothing))
    }
}
