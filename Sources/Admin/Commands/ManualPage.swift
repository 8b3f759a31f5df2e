/// The pages that the program can write of itself.
package enum ManualName: String, Hashable, Sendable, CaseIterable {
    case command = "turnstone.1"
    case configuration = "turnstone.conf.5"
}

/// A page for man(1), in the macros of man(7).
package struct ManualPage {
    private var lines: [String]

    package init(_ name: String, section: Int, about summary: String) {
        let title = Self.escaped(name.uppercased())
        lines = [
            ".\\\" Made by `turnstone manual`; changes here are lost.",
            ".TH \(title) \(section) \"\" \"Turnstone \(TurnstoneVersion.current)\"",
            ".SH NAME",
            "\(Self.escaped(name)) \\- \(Self.escaped(summary))",
        ]
    }

    package var text: String { lines.joined(separator: "\n") }

    package mutating func section(_ title: String) { lines.append(".SH \(title.uppercased())") }

    package mutating func part(_ title: String) { lines.append(".SS \(Self.escaped(title))") }

    /// What stands in backquotes becomes bold.
    package mutating func paragraph(_ text: String) {
        lines += space + [Self.marked(text)]
    }

    /// Behind a title there is space already.
    private var space: [String] { lines.last?.hasPrefix(".S") == true ? [] : [".PP"] }

    /// A word in bold, what stands for its value in italics, and what it means.
    package mutating func term(_ word: String, _ value: String = "", _ text: String) {
        let value = value.isEmpty ? "" : " \\fI\(Self.escaped(value))\\fR"
        let text = text.isEmpty ? [] : [Self.marked(text)]
        lines += (text.isEmpty ? space : [".TP"]) + ["\\fB\(Self.escaped(word))\\fR\(value)"] + text
    }

    /// Lines as they are typed or shown.
    package mutating func literal(_ text: [String]) {
        lines += space + [".RS 4", ".EX"] + text.map(Self.escaped) + [".EE", ".RE"]
    }

    /// A dot or quote at the start of a line would be a request, a backslash an escape; a hyphen
    /// must come out as the one that is typed.
    private static func escaped(_ text: String) -> String {
        var out = text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" : ""
        for character in text {
            switch character {
            case "\\": out += "\\e"
            case "-": out += "\\-"
            case "'": out += "\\(aq"
            case "`": out += "\\(ga"
            case "^": out += "\\(ha"
            case "~": out += "\\(ti"
            default: out.append(character)
            }
        }
        return out
    }

    private static func marked(_ text: String) -> String {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .map { index, part in
                index % 2 == 1 ? "\\fB\(escaped(String(part)))\\fR" : escaped(String(part))
            }
        return parts.joined()
    }
}
