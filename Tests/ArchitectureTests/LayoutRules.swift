/// Which files there are, and that they name each other truly.
enum LayoutRules {
    /// Test targets that look at the whole and mirror no room of their own.
    static let wholeTests: Set<String> = [
        "ArchitectureTests", "SimulationTests", "ApplianceTests", "FuzzCorpusTests",
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

    /// `FooTests.swift` tests `Foo.swift`, or the part `Foo` of `Bar+Foo.swift`.
    static func checkMirror(_ test: SourceFile, sources: [SourceFile]) -> [Violation] {
        guard test.stem.hasSuffix("Tests"), !wholeTests.contains(test.target) else { return [] }
        let target = test.target.dropLast(5)
        let wanted = plain(String(test.stem.dropLast(5)))
        let parts = sources.filter { $0.target == target }.flatMap { file in
            [file.stem] + file.stem.split(separator: "+").map(String.init)
        }
        return parts.contains { plain($0) == wanted }
            ? []
            : [test.violation(at: 0, "mirrors no file of Sources/\(target)")]
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
