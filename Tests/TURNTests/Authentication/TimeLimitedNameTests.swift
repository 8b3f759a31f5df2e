import Testing

@testable import TURN

@Suite struct TimeLimitedNameTests {
    private func read(_ name: String, _ separator: Character = ":") -> String {
        guard let read = TimeLimitedName(name, separator: separator.asciiValue!) else {
            return "none"
        }
        return "\(read.expires) \(read.quotaKey)"
    }

    @Test(
        arguments: [
            ("1700000000:alice", "1700000000 alice"),
            ("alice:1700000000", "1700000000 alice"),
            ("1700000000", "1700000000 1700000000"),
            ("1700000000:", "1700000000 1700000000:"),
            (":1700000000", "1700000000 :1700000000"),
            ("1700000000:a:b", "1700000000 a:b"),
            ("a:b:1700000000", "1700000000 a:b"),
            ("1:2", "1 2"),
            ("1700000000:@alice:matrix.org", "1700000000 @alice:matrix.org"),
            ("0:x", "0 x"),
            ("9999999999999999999:x", "9999999999999999999 x"),
            ("99999999999999999999:x", "none"),
            ("alice", "none"), ("alice:bob", "none"), ("", "none"), (":", "none"),
            ("+17:x", "none"), ("-1:x", "none"), ("１７:x", "none"), ("17 :x", "none"),
        ])
    func reads(name: String, expected: String) {
        #expect(read(name) == expected)
    }

    @Test func separatorIsConfigurable() {
        #expect(read("17|a:b", "|") == "17 a:b")
        #expect(read("17:a", "|") == "none")
    }
}
