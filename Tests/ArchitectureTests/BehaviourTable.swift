/// The table at the end of docs/calls.md: which test shows which behaviour.
struct BehaviourTable {
    struct Row: Equatable {
        let number: String
        /// Files whose tests are named by the number.
        let tests: [String]
        /// Files, and sections of the document, that show it without naming it.
        let besides: [String]
        let sections: [String]
    }

    let rows: [Row]

    init(_ document: String) {
        rows = document.split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false)
                .map { String($0).trimmed }
            guard cells.count == 6, cells[1].wholeMatch(of: /S[0-4]-[0-9]+/) != nil else {
                return nil
            }
            return Row(
                number: cells[1], tests: Self.quoted(cells[3], "`"),
                besides: Self.quoted(cells[4], "`"), sections: Self.quoted(cells[4], "*"))
        }
    }

    /// What stands between two marks each.
    private static func quoted(_ cell: String, _ mark: Character) -> [String] {
        cell.split(separator: mark, omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }

    /// What the table says that is not so. `files` are tests by the name they go by.
    func findings(in document: String, files: [String: String]) -> [String] {
        rows.flatMap { row -> [String] in
            var found: [String] = []
            if row.tests.isEmpty, row.besides.isEmpty, row.sections.isEmpty {
                found.append("\(row.number) is shown nowhere")
            }
            for name in row.tests where !Self.names(row.number, in: files[name] ?? "") {
                found.append("\(row.number): no test in \(name) is named by it")
            }
            for name in row.besides where files[name] == nil {
                found.append("\(row.number): there is no \(name)")
            }
            for section in row.sections where !document.contains("\n## \(section)") {
                found.append("\(row.number): there is no section \(section)")
            }
            return found
        }
    }

    /// `S2-1` is not part of `S2-15`.
    static func names(_ number: String, in text: String) -> Bool {
        var rest = text[...]
        while let place = rest.firstRange(of: number) {
            rest = rest[place.upperBound...]
            if rest.first?.isNumber != true { return true }
        }
        return false
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
