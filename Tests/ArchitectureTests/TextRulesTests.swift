import Testing

@Suite struct TextRulesTests {
    private var everything: [SourceFile] { Repository.shared.code + Repository.shared.texts }

    @Test func namesSayWhatIsInside() {
        let found = Repository.shared.code.flatMap(TextRules.checkNames)
        #expect(found.isEmpty, "\(found)")
    }

    @Test func noNotesToSelf() {
        let found = everything.flatMap(TextRules.checkNotes)
        #expect(found.isEmpty, "\(found)")
    }

    @Test func noCodeInComments() {
        let found = Repository.shared.code.flatMap(TextRules.checkDeadCode)
        #expect(found.isEmpty, "\(found)")
    }

    @Test func noPlacesOfOneMachine() {
        let fixtures = "Tests/ConfigurationTests/Fixtures/"
        let found = everything.filter { !$0.path.hasPrefix(fixtures) }
            .flatMap(TextRules.checkPlaces)
        #expect(found.isEmpty, "\(found)")
    }

    private func file(_ line: String, path: String = "Sources/TURN/A.swift") -> SourceFile {
        SourceFile(path: path, line)
    }

    @Test(arguments: ["struct PortUtils {", "final class RelayManager: A {", "enum Helpers {"])
    func anEmptyNameIsFound(line: String) {
        #expect(TextRules.checkNames(file(line)).count == 1)
    }

    @Test func anEmptyFileNameIsFound() {
        let path = "Sources/TURN/Common.swift"
        #expect(TextRules.checkNames(file("struct A {}", path: path)).count == 1)
        #expect(TextRules.checkNames(file("let utility = 1")) == [])
    }

    @Test func aNoteIsFound() {
        #expect(TextRules.checkNotes(file("// TO" + "DO: later")).count == 1)
        #expect(TextRules.checkNotes(file("let a = \"mastodon\"")) == [])
    }

    @Test(arguments: [
        "// let a = b", "// var c: Int", "// }", "// if a {", "// d.run(e)", "// import Glibc",
        "// f = g(h);", "// return nil(a)",
    ])
    func codeInACommentIsFound(line: String) {
        #expect(TextRules.checkDeadCode(file(line)).count == 1)
    }

    @Test(arguments: [
        "// The key is MD5(name ':' realm ':' password), RFC 8489 §9.2.2.",
        "// Let nothing pass without a permission.", "// return to the caller", "/// let a = b",
        "let s = \"// }\"", "// import nothing from above", "// RFC 8656 §7.2 (step 3)",
    ])
    func proseInACommentPasses(line: String) {
        #expect(TextRules.checkDeadCode(file(line)) == [])
    }

    @Test(arguments: [
        "see " + "http" + "://files.internal.net/a", "let a = \"/" + "home/ann/key\"",
        "cp /" + "root/a b",
    ])
    func aPlaceOfOneMachineIsFound(line: String) {
        #expect(TextRules.checkPlaces(file(line)).count == 1)
    }

    @Test(arguments: [
        "https://www.rfc-editor.org/rfc/rfc8656", "http://127.0.0.1:1/a",
        "https://turn.example.org", "http://x/y",
        "/etc/turnstone.conf", "stun://files.internal",
    ])
    func publicPlacesPass(line: String) {
        #expect(TextRules.checkPlaces(file(line)) == [])
    }
}
