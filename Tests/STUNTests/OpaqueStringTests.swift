import STUN
import Testing

@Suite struct OpaqueStringTests {
    @Test(arguments: [
        ("correct horse battery staple", "correct horse battery staple"),
        ("1699999999:alice@example.org", "1699999999:alice@example.org"),
        ("\u{3C0}\u{DF}\u{E5}", "\u{3C0}\u{DF}\u{E5}"),  // RFC 8265 §4.3
        ("Jack of \u{2666}s", "Jack of \u{2666}s"),  // RFC 8265 §4.3
        ("foo\u{1680}bar", "foo bar"),  // RFC 8265 §4.3
        ("a\u{A0}b\u{3000}c", "a b c"),
        ("e\u{301}", "\u{E9}"),
        (
            "\u{30DE}\u{30C8}\u{30EA}\u{30C3}\u{30AF}\u{30B9}",
            "\u{30DE}\u{30C8}\u{30EA}\u{30C3}\u{30AF}\u{30B9}"
        ),
        ("\u{2168}\u{AA}", "\u{2168}\u{AA}"),
        ("A\u{30A}\u{323}", "\u{1EA0}\u{30A}"),
    ])
    func enforces(_ text: String, _ expected: String) throws {
        // Compared as bytes: strings compare equal in any normalisation form.
        let result = try OpaqueString.enforce(text)
        #expect(Array(result.utf8) == Array(expected.utf8))
        let again = try OpaqueString.enforce(result)
        #expect(Array(again.utf8) == Array(expected.utf8))
    }

    @Test(arguments: [
        "a\u{0}b", "a\tb", "a\nb", "my cat is a \tby", "a\u{7F}", "a\u{85}b", "a\u{AD}b",
        "a\u{200B}b", "a\u{200D}b", "a\u{FEFF}", "\u{E000}", "a\u{2028}b", "\u{1100}",
        "\u{640}", "\u{378}", "\u{202E}abc",
    ])
    func refuses(_ text: String) {
        do throws(OpaqueString.Violation) {
            let result = try OpaqueString.enforce(text)
            Issue.record("accepted as \(Array(result.utf8))")
        } catch {
            if case .disallowed = error { return }
            Issue.record("\(error)")
        }
    }

    @Test func boundsTheLength() throws {
        #expect(throws: OpaqueString.Violation.empty) { try OpaqueString.enforce("") }
        let longest = String(repeating: "a", count: 508)
        #expect(try OpaqueString.enforce(longest) == longest)
        #expect(throws: OpaqueString.Violation.tooLong(limit: 508)) {
            try OpaqueString.enforce(longest + "a")
        }
    }
}
