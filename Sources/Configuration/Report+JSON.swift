extension Report {
    /// The report for programs: one JSON object with stable names, ending in a line feed.
    ///
    /// `format` rises when a name changes its meaning or goes away; names may be added.
    package var json: String {
        var out = JSONText()
        out.object { out in
            out.field("format", 1)
            out.field("file", file)
            out.field("starts", starts)
            out.field("severity", severity.rawValue)
            out.array("lines", lines) { out, line in
                out.field("line", line.number)
                out.field("key", line.key)
                out.field("value", line.value)
                out.field("verdict", line.verdict.rawValue)
                out.field("severity", line.severity.rawValue)
                out.field("message", line.message)
                out.field("coturn", line.coturn)
                out.array("problems", line.problems) { $0.problem($1) }
            }
            out.array("findings", findings) { $0.problem($1) }
        }
        return out.text + "\n"
    }
}

/// Writes indented JSON; enough for a report, and no need for Foundation.
private struct JSONText {
    private(set) var text = ""
    private var depth = 0
    private var isFirst = true

    mutating func object(_ body: (inout JSONText) -> Void) {
        text += "{"
        depth += 1
        isFirst = true
        body(&self)
        depth -= 1
        newLine()
        text += "}"
        isFirst = false
    }

    mutating func field(_ name: String, _ value: String) { member(name, Self.quoted(value)) }
    mutating func field(_ name: String, _ value: Int) { member(name, String(value)) }
    mutating func field(_ name: String, _ value: Bool) { member(name, value ? "true" : "false") }

    mutating func array<Element>(
        _ name: String, _ elements: [Element], _ body: (inout JSONText, Element) -> Void
    ) {
        guard !elements.isEmpty else { return member(name, "[]") }
        member(name, "[")
        depth += 1
        for (index, element) in elements.enumerated() {
            if index > 0 { text += "," }
            newLine()
            object { body(&$0, element) }
        }
        depth -= 1
        newLine()
        text += "]"
        isFirst = false
    }

    mutating func problem(_ problem: Problem) {
        field("severity", problem.severity.rawValue)
        field("code", problem.code)
        field("message", problem.message)
        field("advice", problem.advice)
    }

    private mutating func member(_ name: String, _ value: String) {
        if !isFirst { text += "," }
        isFirst = false
        newLine()
        text += Self.quoted(name) + ": " + value
    }

    private mutating func newLine() {
        text += "\n" + String(repeating: " ", count: 2 * depth)
    }

    /// RFC 8259 §7.
    private static func quoted(_ value: String) -> String {
        var result = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..."\u{1f}", "\u{7f}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
