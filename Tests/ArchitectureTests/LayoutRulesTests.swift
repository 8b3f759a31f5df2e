import Testing

@Suite struct LayoutRulesTests {
    private let repository = Repository.shared

    @Test func shippedFilesExist() {
        let missing = LayoutRules.shipped.filter { !repository.exists($0) }
        #expect(missing == [])
    }

    @Test func everyRoomOpensWithWhatItOwns() {
        let swift = repository.sources.filter { $0.kind == "swift" }
        for target in Set(swift.map(\.target)) {
            let files = swift.filter { $0.target == target }
            let entry = files.first { $0.stem.lowercased() == target.lowercased() }
            let found = LayoutRules.checkEntry(target: target, entry)
            #expect(found.isEmpty, "\(found)")
        }
    }

    @Test func testsMirrorSources() {
        let tests = repository.code.filter { $0.area == "Tests" }
        let found = tests.flatMap { LayoutRules.checkMirror($0, sources: repository.sources) }
        #expect(found.isEmpty, "\(found)")
    }

    @Test func subjectTestsExist() {
        let missing = LayoutRules.subjectTests.keys.filter { !repository.exists($0) }
        #expect(missing == [])
    }

    @Test func unitsStartWhatIsBuilt() {
        let units = repository.texts.filter { $0.area == "systemd" && $0.kind == "service" }
        let found = units.flatMap { LayoutRules.checkUnit($0, products: ["turnstone"]) }
        #expect(found.isEmpty, "\(found)")
    }

    @Test func aRoomWithoutOpeningIsFound() {
        let silent = SourceFile(path: "Sources/TURN/TURN.swift", "package struct Server {}")
        #expect(LayoutRules.checkEntry(target: "TURN", silent).count == 1)
        #expect(LayoutRules.checkEntry(target: "TURN", nil).count == 1)
        let opened = SourceFile(path: "Sources/TURN/TURN.swift", "// TURN: who may relay what.")
        #expect(LayoutRules.checkEntry(target: "TURN", opened) == [])
    }

    @Test func aTestWithoutSourceIsFound() {
        let sources = [
            SourceFile(path: "Sources/TURN/Nonce.swift", "struct NonceCookie {}"),
            SourceFile(path: "Sources/TURN/Server+Allocate.swift", ""),
        ]
        func found(_ name: String) -> Int {
            let test = SourceFile(path: "Tests/TURNTests/\(name).swift", "")
            return LayoutRules.checkMirror(test, sources: sources).count
        }
        #expect(found("NonceTests") == 0)
        #expect(found("NonceCookieTests") == 0)
        #expect(found("AllocateTests") == 0)
        #expect(found("ServerAllocateTests") == 0)
        #expect(found("Fixture") == 0)
        #expect(found("EverythingTests") == 1)
    }

    @Test func aUnitThatStartsSomethingElseIsFound() {
        func found(_ line: String) -> Int {
            let unit = SourceFile(path: "systemd/turnstone.service", line)
            return LayoutRules.checkUnit(unit, products: ["turnstone"]).count
        }
        #expect(found("ExecStart=/usr/bin/turnstone serve") == 0)
        #expect(found("ExecStart=/usr/local/sbin/turnstone serve") == 1)
        #expect(found("ExecStart=/usr/bin/turnserver") == 1)
    }
}
