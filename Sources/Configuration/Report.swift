/// What is to be said about a configuration: a verdict for each line, and findings on the whole.
package struct Report: Sendable, Equatable {
    /// The name the file was given under.
    package let file: String
    /// Lines with a setting in file order, then settings of the command line.
    package internal(set) var lines: [Line] = []
    /// What concerns no single line, such as a setting that is missing.
    package internal(set) var findings: [Problem] = []

    init(file: String) { self.file = file }

    /// Adds what only the machine can tell, to the last line with `key`, or to the whole file
    /// when no line has it.
    package mutating func add(_ problem: Problem, to key: String?) {
        guard let key, let index = lines.lastIndex(where: { $0.key == key }) else {
            findings.append(problem)
            return
        }
        lines[index].problems.append(problem)
        if problem.severity == .error { lines[index].verdict = .invalid }
    }

    /// The worst that was found.
    package var severity: Severity {
        max(lines.lazy.map(\.severity).max() ?? .ok, findings.lazy.map(\.severity).max() ?? .ok)
    }

    /// Whether `serve` would start on this configuration.
    package var starts: Bool { severity < .error }

    /// The exit status of `turnstone check`: 0 when the server would start, 2 when not, and with
    /// `strict` also 1 when there are warnings.
    package func exitStatus(strict: Bool = false) -> Int32 {
        switch severity {
        case .ok, .note: 0
        case .warning: strict ? 1 : 0
        case .error: 2
        }
    }

    /// One line for each problem of at least `severity`, as compilers write them:
    /// `FILE:LINE: SEVERITY: KEY = VALUE: what is wrong. What is accepted.`
    package func diagnostics(from severity: Severity) -> [String] {
        problems(from: severity).map { place, setting, problem in
            "\(place): \(problem.severity.rawValue): \(setting)\(problem.sentence)"
        }
    }

    /// The same as values, each with the place and the setting in front of its words.
    package func remarks(from severity: Severity) -> [(problem: Problem, text: String)] {
        problems(from: severity).map { place, setting, problem in
            (problem, "\(place): \(setting)\(problem.sentence)")
        }
    }

    private func problems(
        from severity: Severity
    ) -> [(place: String, setting: String, problem: Problem)] {
        let ofLines = lines.flatMap { line in
            line.allProblems.filter { $0.severity >= severity }.map { problem in
                let place = line.number == 0 ? "command line" : "\(file):\(line.number)"
                let setting = line.value.isEmpty ? line.key : "\(line.key) = \(line.value)"
                return (place, setting + ": ", problem)
            }
        }
        return ofLines + findings.filter { $0.severity >= severity }.map { (file, "", $0) }
    }

    /// One setting and its verdict.
    package struct Line: Sendable, Equatable {
        /// Counted from 1; 0 for a setting of the command line.
        package var number: Int
        package var key: String
        /// The value, or `***` in the place of a secret.
        package var value: String
        package var verdict: Verdict
        /// What the line does here.
        package var message: String
        /// What releases of coturn make of the key; empty when all know it.
        package var coturn: String
        package var problems: [Problem] = []
        /// Tells values apart that are shown alike; of this process only.
        package var fingerprint = 0

        /// The line's problems, with the verdict as the first where it is one.
        var allProblems: [Problem] {
            guard verdict == .refused || verdict == .dangerous else { return problems }
            return [Problem(.warning, verdict.rawValue, message)] + problems
        }

        /// The worst of the line's problems; a line that is refused, unknown or dangerous is a
        /// warning by itself.
        package var severity: Severity {
            max(verdict.severity, problems.lazy.map(\.severity).max() ?? .ok)
        }
    }
}

extension Verdict {
    /// What a line of this verdict amounts to when nothing else is wrong with it.
    var severity: Severity {
        switch self {
        case .refused, .unknown, .dangerous: .warning
        case .honoured, .mapped, .noEffect, .notYet: .ok
        case .invalid: .error
        }
    }
}

extension Problem {
    /// Message and advice in one.
    var sentence: String { advice.isEmpty ? message : message + " " + advice }
}

extension Key {
    /// What a line with this key is told.
    var message: String {
        guard let note else { return meaning + "." }
        return removed.map { "\(note) coturn dropped the key in \($0)." } ?? note
    }

    /// Which releases of coturn know the key; empty when all do.
    package var coturnNote: String {
        if isOwn { return "Turnstone's own; coturn warns of it and goes on." }
        switch (since, removed) {
        case (nil, nil): return ""
        case (let since?, nil): return "coturn knows it since \(since)."
        case (nil, let removed?): return "coturn dropped it in \(removed)."
        case (let since?, let removed?): return "coturn knew it from \(since) until \(removed)."
        }
    }
}
