import Testing

@testable import Configuration

struct ConfigurationTests {
    @Test func ownFileComesBeforeCoturns() {
        #expect(Configuration.searchPaths.first == "/etc/turnstone/turnstone.conf")
        #expect(Configuration.searchPaths[1] == "./turnserver.conf")
        #expect(Configuration.searchPaths.contains("/etc/turnserver.conf"))
        #expect(Configuration.searchPaths.last == "/usr/local/etc/coturn/turnserver.conf")
        #expect(Set(Configuration.searchPaths).count == Configuration.searchPaths.count)
    }

    @Test func lineNumbersAndEndings() {
        let report = Configuration.parse("\n# c\r\nrealm=a\r\n\r\n\nstun-only", file: "t").1
        #expect(report.lines.map(\.number) == [3, 6])
        #expect(report.lines.map(\.value) == ["a", ""])
    }

    @Test func orderOfLinesDoesNotMatter() {
        let lines = ["user=a:pw", "realm=r", "lt-cred-mech", "verbose", "log-file=/l"]
        let forward = Configuration.parse(lines.joined(separator: "\n"), file: "t").0
        let backward = Configuration.parse(lines.reversed().joined(separator: "\n"), file: "t").0
        #expect(forward != nil && forward == backward)
    }

    /// Bytes of every kind, and real files with bytes exchanged: nothing traps, and a report that
    /// lets the server start always comes with settings.
    @Test func hostileBytesNeverTrap() throws {
        var random = SplitMix(state: 0x7475_726e)
        for _ in 0..<300 {
            let bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            Configuration.fuzz(line: bytes)
        }
        for name in Repository.fixtureNames {
            let original = try Repository.bytes("\(Repository.fixtures)/\(name).conf")
            for _ in 0..<6 {
                var bytes = original
                for _ in 0..<8 {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] =
                        UInt8.random(in: 0...255, using: &random)
                }
                let (configuration, report) = Configuration.parse(bytes, file: "t")
                #expect((configuration != nil) == report.starts)
                Configuration.fuzz(line: bytes)
            }
        }
    }

    @Test(arguments: KeyTable.keys.map(\.name))
    func noValueOfAnyKeyTraps(name: String) {
        let values = [
            "", "=", "\"", "-", "/", ":", "0", "-1", "99999999999999999999", "1-", "[::]:0",
            "::/129", "0x", "a:0x", "${", "%%", "$", "__", "\u{0}", "é", ";", " # ",
            String(repeating: "9", count: 2000),
        ]
        for value in values { Configuration.fuzz(line: Array("\(name)=\(value)".utf8)) }
    }
}

/// A small generator with a seed, so that a failure can be repeated.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
