import Testing

@testable import Configuration

/// coturn's forms on the command line.
struct OverrideTests {
    @Test func forms() throws {
        let arguments = try ConfigurationArguments([
            "-c", "/etc/turnserver.conf", "--listening-port", "3479", "--realm=a=b",
            "--fingerprint", "--stale-nonce", "--stun-only=no", "-n",
        ])
        #expect(arguments.file == "/etc/turnserver.conf")
        #expect(arguments.readsNoFile)
        #expect(
            arguments.overrides == [
                Override(key: "listening-port", value: "3479"),
                Override(key: "realm", value: "a=b"),
                Override(key: "fingerprint", value: ""), Override(key: "stale-nonce", value: ""),
                Override(key: "stun-only", value: "no"),
            ])
    }

    @Test(arguments: [["-c"], ["--listening-port"], ["-x"], ["turnserver.conf"], ["--"], ["-"]])
    func malformed(arguments: [String]) {
        #expect(throws: Problem.self) { try ConfigurationArguments(arguments) }
    }

    @Test func overridesWinWithoutAWord() throws {
        let (configuration, report) = Configuration.parse(
            "stun-only\nrealm=file\nlistening-ip=192.0.2.1", file: "t",
            overrides: [
                Override(key: "realm", value: "line"),
                Override(key: "listening-ip", value: "192.0.2.2"),
            ])
        #expect(configuration?.credentials.realm == "line")
        #expect(configuration?.listening.addresses.count == 2)
        #expect(report.lines.map(\.number) == [1, 2, 3, 0, 0])
        #expect(report.severity == .ok)
    }

    /// getopt's optional_argument and required_argument, as coturn 4.17 declares them.
    @Test(arguments: [
        ("verbose", true), ("no-auth", true), ("use-auth-secret", true), ("lt-cred-mech", true),
        ("no-udp", true), ("channel-lifetime", true), ("prometheus", true), ("daemon", true),
        ("listening-port", false), ("realm", false), ("user", false), ("external-ip", false),
        ("relay-threads", false), ("cpus", false), ("cert", false), ("denied-peer-ip", false),
    ])
    func optionalValues(name: String, isOptional: Bool) throws {
        #expect(try #require(KeyTable.key(named: name)).isValueOptional == isOptional)
    }
}
