import Testing

@testable import Configuration

/// Unknown keys: what is guessed, and what is never shown.
struct MistakeTests {
    private func unknown(_ text: String) -> Report.Line {
        Configuration.parse(text, file: "t").1.lines[0]
    }

    @Test(arguments: [
        ("static_auth_secret=x", "static-auth-secret"), ("Realm=x", "realm"),
        ("--no-cli", "no-cli"), ("listenning-port=1", "listening-port"),
        ("total-qouta=1", "total-quota"), ("fingerprint;", "fingerprint"),
    ])
    func nearestKeyIsNamed(text: String, key: String) {
        let line = unknown(text)
        #expect(line.verdict == .unknown)
        #expect(line.problems.last?.advice == "Did you mean `\(key)`?")
    }

    @Test(arguments: ["bandwidth=1", "x=1", "ab=1", "=1", "some-other-setting=1"])
    func nothingIsGuessedFromAfar(text: String) {
        #expect(unknown(text).problems.last?.advice == "Delete the line.")
    }

    @Test func strayKeyIsExplained() {
        #expect(unknown("log-level=3").problems[0].advice.contains("log-min-level"))
        for stray in KeyTable.strays.keys { #expect(KeyTable.key(named: stray) == nil) }
    }

    @Test func unknownKeysNeverStopAFile() {
        #expect(Configuration.parse("nonsense=1\n???\n[section]", file: "t").0 != nil)
    }

    @Test func unknownOptionsStopTheCommandLine() {
        let overrides = [Override(key: "no-clii", value: "")]
        let (configuration, report) = Configuration.parse("", file: "t", overrides: overrides)
        #expect(configuration == nil)
        #expect(report.diagnostics(from: .error)[0].hasPrefix("command line: error: no-clii: "))
    }

    @Test(arguments: [
        "static-auth-secretHUSH", "user:alice:HUSH", "static-auth-secrt=HUSH",
        "static-auth-secret:HUSH", "use-auth-secret=HUSH", "cli-password=HUSH", "user=alice:HUSH",
        "user=HUSH", "psql-userdb=host=h password=HUSH", "pkey-pwd HUSH", "- user=alice:HUSH",
    ])
    func secretsAreNeverShown(text: String) {
        let report = Configuration.parse(text, file: "t").1
        let everything = report.text + report.json + report.diagnostics(from: .note).joined()
        #expect(!everything.contains("HUSH"))
    }

    @Test func controlCharactersAreNeverShown() {
        let report = Configuration.parse("realm=a\u{1b}[31mb\u{202e}c", file: "t").1
        #expect(!report.text.contains("\u{1b}") && !report.text.contains("\u{202e}"))
        #expect(report.lines[0].value == "a\u{fffd}[31mb\u{fffd}c")
    }
}
