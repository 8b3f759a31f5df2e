/// Which files there are, and that they name each other truly.
enum LayoutRules {
    /// Test targets that look at the whole and mirror no room of their own.
    static let wholeTests: Set<String> = [
        "ArchitectureTests", "SimulationTests", "ApplianceTests", "FuzzCorpusTests",
    ]

    /// Tests of a subject that goes through several files of their room.
    static let subjectTests: [String: String] = [
        "Tests/ConfigurationTests/FixtureTests.swift": "files that people have, golden reports",
        "Tests/ConfigurationTests/SampleTests.swift": "the samples in etc and the manual",
        "Tests/ForwardingTests/HeapTests.swift": "law 2 over the whole batch loop",
    ]

    /// Files that a release carries.
    static let shipped = [
        "README.md", "ARCHITECTURE.md", "CHANGELOG.md", "LICENSE", ".swift-format", ".ci/run",
        "etc/turnstone.conf", "etc/turnstone-full.conf", "systemd/turnstone.service",
        "scripts/run", "scripts/test", "scripts/format", "scripts/bench", "scripts/fuzz",
    ]

    /// The entry file of a room opens by saying what the room owns.
    static func checkEntry(target: String, _ file: SourceFile?) -> [Violation] {
        guard let file else {
            let path = "Sources/\(target)"
            return [Violation(path: path, line: 1, message: "no entry file \(target).swift")]
        }
        let opening = file.text.lines.first ?? ""
        return opening.hasPrefix("//") && opening.lowercased().contains(target.lowercased())
            ? [] : [file.violation(at: 0, "does not open with what \(target) owns")]
    }

    /// `FooTests.swift` tests `Foo.swift`, the part `Foo` of `Bar+Foo.swift`, or the type `Foo`.
    static func checkMirror(_ test: SourceFile, sources: [SourceFile]) -> [Violation] {
        guard test.stem.hasSuffix("Tests"), !wholeTests.contains(test.target),
            subjectTests[test.path] == nil
        else { return [] }
        let target = test.target.dropLast(5)
        let wanted = plain(String(test.stem.dropLast(5)))
        let parts = sources.filter { $0.target == target }.flatMap { file in
            [file.stem] + file.stem.split(separator: "+").map(String.init) + types(in: file)
        }
        return parts.contains { plain($0) == wanted }
            ? []
            : [test.violation(at: 0, "mirrors no file of Sources/\(target)")]
    }

    /// The names of the types that a file declares.
    private static func types(in file: SourceFile) -> [String] {
        let kinds: Set<String> = ["struct", "class", "enum", "protocol"]
        return file.text.code.flatMap { line in
            let words = line.split(whereSeparator: { " :<({".contains($0) }).map(String.init)
            return zip(words, words.dropFirst()).filter { kinds.contains($0.0) }.map(\.1)
        }
    }

    private static func plain(_ stem: String) -> String {
        stem.filter { $0 != "+" }.lowercased()
    }

    /// A unit may start only the program that the package builds, by its installed path.
    static func checkUnit(_ unit: SourceFile, products: Set<String>) -> [Violation] {
        unit.text.lines.enumerated().compactMap { number, line in
            guard line.hasPrefix("Exec"), let value = line.split(separator: "=").last else {
                return nil
            }
            let program = value.split(separator: " ").first ?? ""
            let name = String(program.split(separator: "/").last ?? "")
            let known = program.hasPrefix("/usr/bin/") && products.contains(name)
            return known || program == "/bin/kill"
                ? nil : unit.violation(at: number, "starts \(program), which nothing installs")
        }
    }
}
