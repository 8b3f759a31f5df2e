extension Report {
    /// The report for people: a line of summary, a row for each setting, what is to be said about
    /// it below, findings on the whole at the end. Rows of text are at most 100 columns wide,
    /// values may be longer.
    package var text: String {
        var out = summary + "\n"
        let keyWidth = min(34, lines.lazy.map(\.key.count).max() ?? 0)
        for line in lines {
            let number = line.number == 0 ? "--" : String(line.number)
            let key =
                line.value.isEmpty ? line.key : padded(line.key, keyWidth) + " = " + line.value
            out += padded(number, 6, right: true) + "  "
            out += padded(line.verdict.rawValue, 10) + " " + key + "\n"
            out += details(of: line)
        }
        if !findings.isEmpty { out += "\nOn the whole\n" }
        for finding in findings { out += Self.paragraph(finding) }
        return out + "\n" + conclusion + "\n"
    }

    private var summary: String {
        let counts = Verdict.allCases.compactMap { verdict in
            let count = lines.count { $0.verdict == verdict }
            return count == 0 ? nil : "\(count) \(verdict.rawValue)"
        }
        let what = counts.isEmpty ? "no settings" : counts.joined(separator: ", ")
        return "\(file): \(what)"
    }

    private var conclusion: String {
        let all = lines.map(\.severity) + findings.map(\.severity)
        let errors = all.count { $0 == .error }
        let warnings = all.count { $0 == .warning }
        let amount = { (count: Int, name: String) in "\(count) \(name)\(count == 1 ? "" : "s")" }
        let counts = amount(errors, "error") + ", " + amount(warnings, "warning")
        return counts + (starts ? ": the server would start." : ": the server would not start.")
    }

    /// Nothing more is said of a line that does what it does in coturn.
    private func details(of line: Line) -> String {
        var out = ""
        if line.verdict != .honoured, line.verdict != .invalid, line.verdict != .unknown {
            out += Self.wrapped(
                line.message, label: line.verdict.severity == .warning ? "warning: " : "")
        }
        for problem in line.problems { out += Self.paragraph(problem) }
        return out
    }

    private static func paragraph(_ problem: Problem) -> String {
        wrapped(problem.sentence, label: problem.severity.rawValue + ": ")
    }

    private static let indent = String(repeating: " ", count: 19)

    /// Breaks at blanks so that rows stay within 100 columns.
    private static func wrapped(_ text: String, label: String) -> String {
        var out = ""
        var row = indent + label
        var isEmpty = true
        for word in text.split(separator: " ") {
            if !isEmpty, row.count + 1 + word.count > 100 {
                out += row + "\n"
                row = indent + String(repeating: " ", count: label.count)
                isEmpty = true
            }
            row += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        return out + row + "\n"
    }

    private func padded(_ text: String, _ width: Int, right: Bool = false) -> String {
        let space = String(repeating: " ", count: max(0, width - text.count))
        return right ? space + text : text + space
    }
}
