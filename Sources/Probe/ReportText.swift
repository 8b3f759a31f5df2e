/// How reports are laid out for people.
package enum ReportText {
    private static let width = 92

    /// A finding: what, where, why, what to do.
    package static func lines(_ finding: Finding) -> [String] {
        let places = finding.paths.map(\.description).joined(separator: ", ")
        var head = "\(finding.severity.rawValue): \(finding.what)"
        if !places.isEmpty { head += " [\(places)]" }
        var lines = wrapped(head, "  ", then: "    ")
        if !finding.why.isEmpty { lines += wrapped(finding.why, "    ", then: "    ") }
        if !finding.mend.isEmpty { lines += wrapped("-> " + finding.mend, "    ", then: "       ") }
        return lines
    }

    /// Breaks at blanks; `first` stands before the first line, `indent` before the others.
    package static func wrapped(_ text: String, _ first: String, then indent: String) -> [String] {
        var lines: [String] = []
        var line = first
        var isEmpty = true
        for word in text.printable.split(separator: " ") {
            if !isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = indent
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        return lines + [line]
    }

    package static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// For a terminal: what others wrote can neither move the cursor nor forge a line.
    package static func printable(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: result.append("?")
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}

extension String {
    var printable: String { ReportText.printable(self) }
}
