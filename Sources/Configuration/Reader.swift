/// Turns lines into settings and verdicts, one line at a time; `review` then judges the whole.
///
/// coturn reads its file three times (logging, everything, `user`), so that the realm is known
/// when accounts are made. Here no line's meaning depends on another, so one pass gives the same.
struct Reader {
    var configuration = ServerConfiguration()
    var report: Report
    /// Key to index of its last line in the report.
    var lastLine: [String: Int] = [:]
    /// User name to its place among the accounts, so that a long list is read in linear time.
    var userIndex: [String: Int] = [:]

    init(file: String) { report = Report(file: file) }

    mutating func readFile(_ bytes: [UInt8]) {
        guard bytes.count <= Configuration.Bounds.fileBytes else {
            report.findings.append(
                Problem(
                    .error, "file-too-large",
                    "The file has \(bytes.count) bytes; \(Configuration.Bounds.fileBytes) are"
                        + " read at most."
                ))
            return
        }
        var rest = bytes[...]
        if rest.starts(with: [0xef, 0xbb, 0xbf]) {
            rest = rest.dropFirst(3)
            report.findings.append(.byteOrderMark)
        }
        var number = 0
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
            number += 1
            if let line = Line(number: number, bytes: rest[..<end]) { read(line) }
            if report.lines.count > Configuration.Bounds.lines {
                report.findings.append(
                    Problem(
                        .error, "too-many-lines",
                        "Line \(number) is one more than the \(Configuration.Bounds.lines) that"
                            + " are read."
                    ))
                return
            }
            rest = rest[min(end + 1, rest.endIndex)...]
        }
    }

    mutating func read(_ line: Line) {
        guard let key = KeyTable.key(named: line.key) else { return readUnknown(line) }
        var entry = Report.Line(
            number: line.number, key: key.name, value: key.shown(line.value),
            verdict: key.verdict, message: key.message,
            coturn: key.coturnNote, problems: line.problems)
        entry.fingerprint = line.value.hashValue
        if key.verdict != .noEffect || key.isSecret {
            entry.problems += Mistake.all(in: line.value, of: key)
        }
        if !key.isRepeatable, let earlier = lastLine[key.name],
            report.lines[earlier].number != 0, line.number != 0
        {
            entry.problems.append(.repeated(earlier: report.lines[earlier]))
        }
        if entry.severity < .error {
            do throws(Problem) {
                try apply(line.value, of: key, to: &entry)
            } catch {
                entry.problems.append(error)
            }
        }
        if entry.severity == .error, entry.verdict != .refused { entry.verdict = .invalid }
        lastLine[key.name] = report.lines.count
        report.lines.append(entry)
    }

    /// Unknown keys warn and never stop the start of a file, as in coturn; on the command line a
    /// mistyped option stops it, also as in coturn. The value is never shown: the key may be a
    /// mistyped secret.
    private mutating func readUnknown(_ line: Line) {
        let severity: Severity = line.number == 0 ? .error : .warning
        let name = Mistake.shownName(line.key)
        let advice =
            KeyTable.strays[line.key]
            ?? Mistake.nearestKey(to: line.key).map { "Did you mean `\($0)`?" }
            ?? "Delete the line."
        report.lines.append(
            Report.Line(
                number: line.number, key: name, value: line.value.isEmpty ? "" : "***",
                verdict: .unknown, message: "No coturn and no Turnstone knows this key.",
                coturn: "",
                problems: line.problems.filter { $0.severity < .error } + [
                    Problem(
                        severity, "unknown-key", "The key is unknown; the line does nothing.",
                        advice)
                ]))
    }
}

extension Key {
    /// The value as a report may show it.
    func shown(_ value: String) -> String {
        if name == "webhook-url" || name == "chat-resolver-url" {
            // A password may stand before `@`, a key in a query.
            if value.contains("@") { return "***" }
            guard let query = value.firstIndex(of: "?") else { return Mistake.printable(value) }
            return Mistake.printable(String(value[..<query])) + "?***"
        }
        guard isSecret, !value.isEmpty else { return Mistake.printable(value) }
        if name == "token-key", let parts = try? TokenKeyParts(value) { return parts.shown }
        guard name == "user", let colon = value.firstIndex(of: ":") else { return "***" }
        return Mistake.printable(String(value[..<colon])) + ":***"
    }
}

extension Problem {
    static func repeated(earlier: Report.Line) -> Problem {
        Problem(
            .warning, "repeated-key",
            "The key stands on line \(earlier.number) already; the last one counts, as in coturn.",
            "Delete one of them.")
    }
}
