/// Rows in aligned columns, as plain text.
struct Table {
    enum Alignment { case left, right }

    struct Column {
        let title: String
        let alignment: Alignment

        static func left(_ title: String) -> Self { Self(title: title, alignment: .left) }
        static func right(_ title: String) -> Self { Self(title: title, alignment: .right) }
    }

    /// Between columns.
    private static let gap = "  "

    private let columns: [Column]
    private var rows: [[String]] = []

    init(_ columns: [Column]) { self.columns = columns }

    /// One cell per column; cells are made printable here, whatever they came from.
    mutating func append(_ cells: [String]) {
        precondition(cells.count == columns.count, "a row has as many cells as there are columns")
        rows.append(cells.map(\.printable))
    }

    /// The lines, titles first unless all are empty; no blanks at their ends.
    var lines: [String] {
        let titles = columns.map(\.title)
        let all = titles.allSatisfy(\.isEmpty) ? rows : [titles] + rows
        let widths = columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            var line = ""
            for (index, cell) in row.enumerated() {
                if index > 0 { line += Self.gap }
                let padding = String(repeating: " ", count: widths[index] - cell.count)
                line += columns[index].alignment == .left ? cell + padding : padding + cell
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}

// Words that several tables use.
extension Table {
    /// Longer names are cut in lists; JSON has them whole.
    private static let nameCharactersMax = 24

    /// A name that leaves room for the other columns.
    static func cut(_ name: String) -> String {
        let name = name.printable
        return name.count > nameCharactersMax ? name.prefix(nameCharactersMax - 1) + "~" : name
    }

    /// `1 call`, `2 calls`.
    static func count(_ what: String, _ count: Int) -> String {
        "\(count) \(what)\(count == 1 ? "" : "s")"
    }

    /// The line below a list.
    static func total(_ what: String, _ shown: Int, of matched: Int) -> String {
        matched == shown
            ? count(what, shown) + "." : "\(shown) of \(count(what, matched)); raise --limit."
    }
}
