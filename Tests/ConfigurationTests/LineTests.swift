import Testing

@testable import Configuration

/// coturn's grammar (`mainrelay.c`: read_config_file, parse_arg_string, get_bool_value). The
/// expectations were also put to coturn 4.6.1 itself, by the realm that it prints at its start.
struct LineTests {
    private func read(_ text: String) -> Line? {
        Line(number: 1, bytes: Array(text.utf8)[...])
    }

    @Test(arguments: [
        ("realm=a", "realm", "a"),
        ("realm a", "realm", "a"),
        ("realm\ta", "realm", "a"),
        ("realm = \t == a", "realm", "a"),
        ("  \trealm=a  \r\n", "realm", "a"),
        ("realm=\"a b\"", "realm", "a b"),
        ("realm=\"a b\"  ", "realm", "a b"),
        ("realm=\"a", "realm", "a"),
        ("realm=a\"", "realm", "a\""),
        ("realm=\"\"a\"\"", "realm", "\"a\""),
        ("realm=\"", "realm", ""),
        ("realm=a=b c", "realm", "a=b c"),
        ("realm=x # y", "realm", "x # y"),
        ("realm=#x", "realm", "#x"),
        ("fingerprint", "fingerprint", ""),
        ("fingerprint=", "fingerprint", ""),
        ("fingerprint ", "fingerprint", ""),
        ("=x", "", "x"),
        ("realm=\u{0b}a\u{0c}", "realm", "\u{0b}a"),
        ("realm='a'", "realm", "'a'"),
    ])
    func keyAndValue(text: String, key: String, value: String) throws {
        let line = try #require(read(text))
        #expect(line.key == key)
        #expect(line.value == value)
        #expect(line.problems.isEmpty)
    }

    @Test(arguments: ["", " ", "\t", "\r", "# realm=a", "  #", "\t# x", " \r", "#"])
    func saysNothing(text: String) {
        #expect(read(text) == nil)
    }

    @Test func longLineIsCut() throws {
        let fits = try #require(read("realm=" + String(repeating: "a", count: 1017)))
        #expect(fits.value.utf8.count == 1017)
        #expect(fits.problems.isEmpty)
        let cut = try #require(read("realm=" + String(repeating: "a", count: 1018)))
        #expect(cut.value.utf8.count == 1017)
        #expect(cut.problems.map(\.code) == ["line-too-long"])
    }

    @Test func longCommentIsNoProblem() {
        #expect(read("#" + String(repeating: "a", count: 5000)) == nil)
    }

    @Test func nothingCountsAfterZeroByte() throws {
        let line = try #require(read("realm=a\u{0}b"))
        #expect(line.value == "a")
        #expect(line.problems.map(\.code) == ["nul-byte"])
    }

    @Test func semicolonStaysAndWarns() throws {
        let line = try #require(read("realm=a;"))
        #expect(line.value == "a;")
        #expect(line.problems.map(\.code) == ["semicolon"])
    }

    @Test func otherEncodingsAreRefused() throws {
        let bytes = Array("realm=caf".utf8) + [0xe9]
        let line = try #require(Line(number: 1, bytes: bytes[...]))
        #expect(line.problems.map(\.severity) == [.error])
    }

    @Test(arguments: [
        ("", true), ("1", true), ("9", true), ("10", true), ("y", true), ("Yes", true),
        ("true", true), ("Tomato", true), ("on", true), ("ON", true), ("On", true),
        ("0", false), ("00", false), ("n", false), ("No", false), ("false", false), ("F", false),
        ("force", false), ("nonsense", false), ("off", false), ("OFF", false), ("Off", false),
        ("oN", nil), ("ofF", nil), ("maybe", nil), ("enabled", nil), ("-1", nil), (" yes", nil),
    ])
    func boolean(text: String, expected: Bool?) {
        #expect(Line.boolean(text) == expected)
    }
}
