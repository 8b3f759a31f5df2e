import Testing

@Suite struct BehaviourTableTests {
    /// The behaviours of servers and operators; those of browser clients are shown with the client.
    private static let numbers = [
        "S0": [5, 6, 7, 8, 9, 10, 11, 20, 22, 23, 24], "S1": [8, 9, 17], "S2": Array(1...16),
        "S3": [1, 4, 5, 8, 9, 10, 11, 12, 13], "S4": [1, 2, 5, 6, 9, 10],
    ]

    @Test("The table of docs/calls.md names every behaviour and a test that carries its number")
    func theTableIsTrue() throws {
        let repository = Repository.shared
        let document = try #require(repository.read("docs/calls.md"))
        let table = BehaviourTable(document)
        let wanted = Self.numbers.flatMap { group, numbers in numbers.map { "\(group)-\($0)" } }
        #expect(Set(table.rows.map(\.number)) == Set(wanted))
        let tests = (repository.code + repository.texts).filter { $0.area == "Tests" }
        let files = Dictionary(
            tests.map { ($0.stem, $0.text.lines.joined(separator: "\n")) },
            uniquingKeysWith: { $0 + $1 })
        let findings = table.findings(in: document, files: files)
        #expect(findings == [])
    }

    @Test func whatIsNotSoIsFound() {
        let document = """
            ## Here
            | S0-1 | a | `A` | |
            | S0-2 | b | `B` | `C`, *Here*, *There* |
            | S0-3 | c | | |
            """
        let table = BehaviourTable(document)
        #expect(table.rows.count == 3)
        let files = ["A": "S0-11", "B": "x S0-2: y"]
        #expect(
            table.findings(in: "\n" + document, files: files) == [
                "S0-1: no test in A is named by it", "S0-2: there is no C",
                "S0-2: there is no section There", "S0-3 is shown nowhere",
            ])
    }
}
