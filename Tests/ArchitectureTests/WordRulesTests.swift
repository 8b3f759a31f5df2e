import Testing

@Suite struct WordRulesTests {
    private var swift: [SourceFile] { Repository.shared.sources.filter { $0.kind == "swift" } }

    @Test func coresTakeTimeAndEntropyAsArguments() {
        let found = swift.flatMap(WordRules.checkOutsideWords)
        #expect(found.isEmpty, "\(found)")
    }

    @Test func noTasksBelowAppliance() {
        let found = swift.flatMap(WordRules.checkTasks)
        #expect(found.isEmpty, "\(found)")
    }

    @Test func uncheckedPromisesHaveAReason() {
        let found = swift.flatMap(WordRules.checkPromises)
        #expect(found.isEmpty, "\(found)")
    }

    @Test func parsersStayInSafeMemory() {
        let found = swift.flatMap(WordRules.checkUnsafe)
        #expect(found.isEmpty, "\(found)")
    }

    @Test func nothingIsForced() {
        let found = swift.flatMap(WordRules.checkForce)
        #expect(found.isEmpty, "\(found)")
    }

    @Test func allowListsNameFilesThatNeedThem() {
        for path in WordRules.unchecked.keys {
            let promised = Repository.shared.read(path)?.contains("unchecked Sendable") == true
            let isolated = Repository.shared.read(path)?.contains("nonisolated(unsafe)") == true
            #expect(promised || isolated, "\(path) needs no entry any more")
        }
        for path in WordRules.unsafeFiles.keys {
            let needed = Repository.shared.read(path)?.lowercased().contains("unsafe") == true
            #expect(needed, "\(path) needs no entry any more")
        }
    }

    @Test func parsersAreCompiledWithStrictMemorySafety() {
        let manifest = Repository.shared.read("Package.swift") ?? ""
        #expect(manifest.contains("let core = common + [.strictMemorySafety()]"))
        for target in WordRules.parsers {
            let start = manifest.firstRange(of: ".target(name: \"\(target)\"")
            let rest = start.map { manifest[$0.upperBound...] } ?? manifest[...]
            let end = rest.firstRange(of: ".target(")?.lowerBound ?? rest.endIndex
            let loose = manifest.firstRange(of: "name: \"\(target)\", dependencies:")
            let text = start == nil ? loose.map { manifest[$0.lowerBound...].prefix(160) } : nil
            let body = text.map(String.init) ?? String(rest[..<end])
            #expect(body.contains("swiftSettings: core"), "\(target) is not compiled as a core")
        }
    }

    private func file(_ target: String, _ line: String) -> SourceFile {
        SourceFile(path: "Sources/\(target)/A.swift", line)
    }

    @Test(arguments: [
        "let now = ContinuousClock.now", "let port = UInt16.random(in: 1...9)",
        "var g = SystemRandomNumberGenerator()", "let d = Date()", "ports.shuffled()",
    ])
    func aCoreThatReachesOutIsFound(line: String) {
        #expect(WordRules.checkOutsideWords(file("TURN", line)).count == 1)
        #expect(WordRules.checkOutsideWords(file("LinuxIO", line)) == [])
    }

    @Test func seededRandomnessIsAllowed() {
        let line = "let port = UInt16.random(in: 1...9, using: &seeded)"
        #expect(WordRules.checkOutsideWords(file("Simulator", line)) == [])
    }

    @Test(arguments: ["Task { run() }", "actor Table {", "let a = await b()", "Task.detached {"])
    func aTaskBelowApplianceIsFound(line: String) {
        #expect(WordRules.checkTasks(file("LinuxIO", line)).count == 1)
        #expect(WordRules.checkTasks(file("Appliance", line)) == [])
    }

    @Test(arguments: ["let factor = 1", "// Task { }", "extractor (x)", "subTask.run()"])
    func otherWordsAreNoTasks(line: String) {
        #expect(WordRules.checkTasks(file("LinuxIO", line)) == [])
    }

    @Test(arguments: [
        "final class A: @unchecked Sendable {}", "nonisolated(unsafe) var a = 1",
    ])
    func anUncheckedPromiseIsFound(line: String) {
        #expect(WordRules.checkPromises(file("LinuxIO", line)).count == 1)
    }

    @Test(arguments: ["let a = unsafe b()", "var p: UnsafeRawPointer", "unsafe p.load()"])
    func anUnsafeParserIsFound(line: String) {
        #expect(WordRules.checkUnsafe(file("STUN", line)).count == 1)
        #expect(WordRules.checkUnsafe(file("LinuxIO", line)) == [])
    }

    @Test(arguments: [
        "let a = b!", "try! c()", "let d = e as! F", "g()!.h", "i[0]! + 1", "var j: K!",
    ])
    func aForcedValueIsFound(line: String) {
        #expect(WordRules.checkForce(file("TURN", line)).count == 1)
    }

    @Test(arguments: [
        "if !a { b() }", "if a != b { }", "if a !== b { }", "guard !c else { return }",
        "let s = \"stop!\"", "// stop!", "x = !y", "f(!g)",
    ])
    func negationsPass(line: String) {
        #expect(WordRules.checkForce(file("TURN", line)) == [])
    }
}
