import Glibc
import LinuxIO
import Primitives
import Testing

@Suite struct PrivilegesTests {
    @Test func accountsAreLookedUp() throws {
        let root = try #require(try Accounts.user(named: "root"))
        #expect(root == (0, 0))
        #expect(try Accounts.group(named: "root") == 0)
        #expect(Accounts.name(ofUser: 0) == "root")
        #expect(try Accounts.user(named: "ts-nobody-has-this-name") == nil)
        #expect(try Accounts.group(named: "ts-nobody-has-this-name") == nil)
        #expect(Accounts.name(ofUser: 4_000_000_000) == nil)
    }

    @Test(.enabled(if: Process.user == 0, "only root can become another user"))
    func becomingAnotherUserKeepsOnlyWhatWasAsked() async {
        await #expect(processExitsWith: .success) {
            let kept = try Privileges.become(user: 65_534, group: 65_534, keeping: .bindLowPorts)
            #expect(kept == .bindLowPorts)
            #expect(Process.user == 65_534 && Process.group == 65_534)
            #expect(Privileges.has(.bindLowPorts))
            #expect(!Privileges.has(.bindInterfaces) && !Privileges.has(.administerNetwork))
            #expect(setuid(0) != 0)
            let status = try File.readText("/proc/thread-self/status", max: 1 << 16)
            #expect(status.contains("Groups:\t65534"))
            // CAP_NET_BIND_SERVICE is number 10.
            for set in ["CapPrm", "CapEff", "CapBnd"] {
                #expect(status.contains("\(set):\t0000000000000400"))
            }
            #expect(status.contains("CapAmb:\t0000000000000000"))
        }
    }

    @Test(.enabled(if: Process.user == 0, "only root can become another user"))
    func withoutTheCapabilityLowPortsAreRefused() async {
        await #expect(processExitsWith: .success) {
            try Privileges.become(user: 65_534, group: 65_534, keeping: [])
            #expect(!Privileges.has(.bindLowPorts))
            try Privileges.forbidGains()
            try Privileges.setDumpable(false)
            let status = try File.readText("/proc/thread-self/status", max: 1 << 16)
            #expect(status.contains("NoNewPrivs:\t1"))
            #expect(status.contains("CapEff:\t0000000000000000"))
        }
    }

    @Test(.enabled(if: Process.user == 0, "only root can become another user"))
    func theRightToReadRestsBetweenReads() async {
        let path = "/tmp/ts-root-only-\(Process.id)"
        defer { unlink(path) }
        await #expect(processExitsWith: .success) { [path = path as String] in
            try File.writeAtomically(path, [1], mode: 0o600)
            try Privileges.become(user: 65_534, group: 65_534, keeping: .readFiles)
            #expect(try Privileges.rest(.readFiles))
            #expect(!Privileges.has(.readFiles))
            #expect((try? File.read(path, max: 1)) == nil)
            let bytes = try Privileges.reading { () throws(SystemError) in
                try File.read(path, max: 1)
            }
            #expect(bytes == [1])
            #expect((try? File.read(path, max: 1)) == nil)
            // Given up, nothing brings it back.
            try Privileges.limit(to: [])
            #expect(try !Privileges.rest(.readFiles))
            #expect(Privileges.reading { try? File.read(path, max: 1) } == nil)
        }
    }
}
