import Testing

@Suite struct ShapeRulesTests {
    @Test func linesFit() {
        let scripts = Repository.shared.texts.filter { ["py", "go", "sh"].contains($0.kind) }
        let found = (Repository.shared.code + scripts).flatMap(ShapeRules.checkWidth)
        #expect(found.isEmpty, "\(found)")
    }

    @Test func filesFit() {
        let found = Repository.shared.code.flatMap(ShapeRules.checkFileLength)
        #expect(found.isEmpty, "\(found)")
    }

    @Test func functionsFit() {
        let found = Repository.shared.code.flatMap { ShapeRules.checkFunctions($0) }
        #expect(found.isEmpty, "\(found)")
    }

    @Test func theRatchetHoldsOnlyFunctionsThatExist() {
        let known = Set(
            Repository.shared.code.flatMap { file in
                ShapeRules.functions(of: file).map { "\(file.path) \($0.name)" }
            })
        let stale = Set(ShapeRules.functionRatchet.keys).subtracting(known)
        #expect(stale == [])
    }

    @Test func aWideLineIsFound() {
        let wide = SourceFile(path: "Sources/STUN/A.swift", String(repeating: "ä", count: 101))
        #expect(ShapeRules.checkWidth(wide).count == 1)
        let fits = SourceFile(path: "Sources/STUN/A.swift", String(repeating: "ä", count: 100))
        #expect(ShapeRules.checkWidth(fits) == [])
    }

    @Test func aLongFileIsFound() {
        let line = "let a = 1\n"
        let long = SourceFile(path: "Sources/STUN/A.swift", String(repeating: line, count: 601))
        #expect(ShapeRules.checkFileLength(long).count == 1)
        let fits = SourceFile(path: "Sources/STUN/A.swift", String(repeating: line, count: 600))
        #expect(ShapeRules.checkFileLength(fits) == [])
    }

    private func function(named name: String, lines: Int) -> SourceFile {
        let body = String(repeating: "    step() // {\n", count: lines - 2)
        return SourceFile(path: "Sources/STUN/A.swift", "func \(name)() {\n\(body)}\n")
    }

    @Test func aLongFunctionIsFound() {
        #expect(ShapeRules.checkFunctions(function(named: "a", lines: 71)).count == 1)
        #expect(ShapeRules.checkFunctions(function(named: "a", lines: 70)) == [])
    }

    @Test func theRatchetLetsNothingGrow() {
        let ratchet = ["Sources/STUN/A.swift a": 80]
        let same = function(named: "a", lines: 80)
        #expect(ShapeRules.checkFunctions(same, ratchet: ratchet) == [])
        let longer = function(named: "a", lines: 81)
        #expect(ShapeRules.checkFunctions(longer, ratchet: ratchet).count == 1)
        let shorter = function(named: "a", lines: 79)
        #expect(ShapeRules.checkFunctions(shorter, ratchet: ratchet).count == 1)
    }

    @Test func functionsAreMeasuredFromNameToClosingBrace() {
        let text = """
            protocol P {
                func asked(_ a: [Int])
                var b: Int { get }
            }
            struct S: P {
                init(
                    a: () -> Int = { 1 }
                ) {
                    self.init(b: "}")
                }
                func asked(_ a: [Int]) { a.forEach { _ in } }
                static func == (a: S, b: S) -> Bool
                where Int: Sendable {
                    true
                }
                deinit { stop() }
            }
            """
        let file = SourceFile(path: "Sources/STUN/A.swift", text)
        #expect(
            ShapeRules.functions(of: file) == [
                .init(name: "init", line: 6, length: 5),
                .init(name: "asked", line: 11, length: 1),
                .init(name: "==", line: 12, length: 4),
                .init(name: "deinit", line: 16, length: 1),
            ])
    }

    @Test func cFunctionsAreMeasuredToo() {
        let text = "struct a { int b; };\nint c(void) {\n  if (1) { d(); }\n}\n"
        let file = SourceFile(path: "Sources/CLinux/a.c", text)
        #expect(ShapeRules.functions(of: file) == [.init(name: "c", line: 2, length: 3)])
    }
}
