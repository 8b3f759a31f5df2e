import Configuration
import FoundationEssentials
import Primitives
import Testing

@testable import Admin

/// `systemd/turnstone.service` names flags, paths and privileges that this program really has.
@Suite struct ServiceUnitTests {
    /// The values of each setting, in order.
    private let settings: [String: [String]]

    init() throws {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false)
            .dropLast(3).joined(separator: "/")
        let data = try #require(
            FileManager.default.contents(atPath: root + "/systemd/turnstone.service"))
        var settings: [String: [String]] = [:]
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n")
        where !line.hasPrefix("#") && !line.hasPrefix("[") {
            let name = line.prefix { $0 != "=" }
            settings[String(name), default: []].append(String(line.dropFirst(name.count + 1)))
        }
        self.settings = settings
    }

    private func value(_ name: String) throws -> String {
        let values = try #require(settings[name], "\(name) is missing")
        #expect(values.count == 1)
        return values[0]
    }

    private func words(_ name: String) throws -> Set<String> {
        let values = try #require(settings[name], "\(name) is missing")
        return Set(values.flatMap { $0.split(separator: " ").map(String.init) })
    }

    @Test func startsTheDaemonWithTheFileThatIsLookedForFirst() throws {
        let line = try value("ExecStart").split(separator: " ").map(String.init)
        #expect(line[0] == "/usr/bin/turnstone")
        guard case .serve(let arguments) = try Command(Array(line.dropFirst())) else {
            Issue.record("the unit does not start the daemon")
            return
        }
        let configuration = try ConfigurationArguments(arguments)
        #expect(configuration.file == Configuration.searchPaths.first)
        #expect(configuration.overrides.isEmpty)
    }

    /// Not by a signal, which nobody answers: `systemctl reload` fails where the file is wrong.
    @Test func reloadsByAskingTheDaemon() throws {
        let line = try value("ExecReload").split(separator: " ").map(String.init)
        #expect(line[0] == "/usr/bin/turnstone")
        // The service manager puts the daemon's process in its place (systemd.service(5)).
        let words = line.dropFirst().map { $0 == "$MAINPID" ? "812" : $0 }
        guard case .ask(let question) = try Command(words) else {
            Issue.record("the unit asks nothing of the daemon")
            return
        }
        #expect(question.request == .reload(isRehearsal: false))
        #expect(question.socket == nil && question.file == Configuration.searchPaths.first)
        #expect(question.fallbackProcess == 812)
    }

    @Test func makesTheDirectoriesThatTheProgramExpects() throws {
        let process = ServerConfiguration.ProcessSettings()
        let runtime = "/run/" + (try value("RuntimeDirectory"))
        #expect(process.adminSocket.hasPrefix(runtime + "/"))
        #expect(AdminClient.socketDefault == process.adminSocket)
        // The service manager names it in STATE_DIRECTORY, so that no line of the file has to.
        #expect(try !value("StateDirectory").isEmpty && process.stateDirectory == nil)
    }

    @Test func waitsForTheGoodbyeAndForTheStateOfCalls() throws {
        let drain = ServerConfiguration.Calls().drainTimeout
        #expect(try Int(value("TimeoutStopSec")) ?? 0 >= Int(drain.count) + 10)
    }

    @Test func doesNotStartAgainOnARefusedConfiguration() throws {
        #expect(try value("RestartPreventExitStatus") == "\(ExitCode.notAccepted.rawValue)")
    }

    /// The worker that hangs is found at the second beat, each a quarter of this; a slow disk at a
    /// reload must not look like it.
    @Test func startsAgainWhenAThreadHangs() throws {
        #expect(try 10...60 ~= Int(value("WatchdogSec")) ?? 0)
        #expect(try value("Restart") == "on-failure")
    }

    @Test func leavesWhatTheDaemonNeeds() throws {
        #expect(try value("Type") == "notify")
        #expect(try value("NotifyAccess") == "main")
        #expect(
            try words("RestrictAddressFamilies") == [
                "AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK",
            ]
        )
        #expect(try words("AmbientCapabilities") == ["CAP_NET_BIND_SERVICE"])
        // The calls that @privileged would take away: chown of the socket, capset.
        let filters = try #require(settings["SystemCallFilter"])
        #expect(filters.first == "@system-service")
        #expect(filters.last?.split(separator: " ").contains("@chown") == true)
        #expect(filters.last?.split(separator: " ").contains("capset") == true)
    }

    @Test func hasNoMoreThanItNeeds() throws {
        for name in ["NoNewPrivileges", "PrivateTmp", "PrivateDevices", "MemoryDenyWriteExecute"] {
            #expect(try value(name) == "yes")
        }
        #expect(try value("ProtectSystem") == "strict")
        #expect(try words("CapabilityBoundingSet") == ["CAP_NET_BIND_SERVICE"])
        #expect(try value("User") == "turnstone")
    }
}
