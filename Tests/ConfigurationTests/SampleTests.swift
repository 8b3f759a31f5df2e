import Testing

@testable import Configuration

/// The files of `etc` and the manual say what the program does.
struct SampleTests {
    @Test(arguments: ["turnstone.conf", "turnstone-full.conf"])
    func samplesHaveNothingToWarnOf(name: String) throws {
        let text = try Repository.text("\(Repository.root)/etc/\(name)")
        let (configuration, report) = Configuration.parse(text, file: name)
        #expect(report.severity <= .note, "\(report.text)")
        let credentials = try #require(configuration?.credentials)
        #expect(!credentials.isEmpty && !credentials.realm.isEmpty)
    }

    @Test func fullSampleIsTheTable() throws {
        let generated = SampleText.fullConfiguration
        let path = "\(Repository.root)/etc/turnstone-full.conf"
        #expect(try generated == Repository.golden(path, generated: generated))
        #expect(generated.split(separator: "\n").allSatisfy { $0.count <= 100 })
    }

    @Test(arguments: KeyTable.keys.filter(SampleText.isListed).map(\.name))
    func fullSampleHasTheKey(name: String) throws {
        let text = try Repository.text("\(Repository.root)/etc/turnstone-full.conf")
        let lines = text.split(separator: "\n").map { $0.drop { $0 == "#" } }
        let line = try #require(lines.first { $0 == name || $0.hasPrefix(name + "=") })
        let report = Configuration.parse(String(line), file: "t").1
        #expect(report.lines.map(\.key) == [name])
        // The sample's text for a secret, half of a pair, and hooks without a secret are refused
        // alone; the demo is refused without a line that keeps it local.
        let isExample = [
            "static-auth-secret", "cert", "pkey", "webhook-url", "chat-resolver-url", "calls-demo",
        ].contains(name)
        #expect(report.lines[0].verdict != .invalid || isExample, "\(report.text)")
    }

    /// A default in the short sample that is commented out is the true one.
    @Test func shortSampleShowsTrueDefaults() throws {
        let text = try Repository.text("\(Repository.root)/etc/turnstone.conf")
        for line in text.split(separator: "\n") where line.hasPrefix("#") {
            let setting = line.dropFirst().split(separator: "=", maxSplits: 1)
            guard setting.count == 2, let key = KeyTable.key(named: String(setting[0])) else {
                continue
            }
            let expected = SampleText.examples[key.name] ?? key.standard
            #expect(setting[1] == expected, "\(line)")
        }
    }

    @Test func manualHasTheTables() throws {
        let path = "\(Repository.root)/docs/configuration.md"
        let text = try Repository.text(path)
        let parts = text.split(separator: "<!-- keys -->", omittingEmptySubsequences: false)
        try #require(parts.count == 3)
        let made =
            parts[0] + "<!-- keys -->\n" + SampleText.manualTables + "<!-- keys -->" + parts[2]
        #expect(try made == Repository.golden(path, generated: String(made)))
    }
}
