import Probe

extension DoctorReport {
    /// For people: a line for each check, then what is wrong and the commands that mend it.
    package var text: String {
        var lines = ["\(file), looked at from inside", ""]
        lines += checks.map(line)
        lines += [""] + summary
        for finding in findings { lines += [""] + self.lines(finding) }
        return (lines + [""] + closing).joined(separator: "\n") + "\n"
    }

    private func line(_ result: CheckResult) -> String {
        let word =
            switch result.status {
            case .failed: "FAILED"
            case .unknown: "not seen"
            default: result.status.rawValue
            }
        return ReportText.padded("  " + ReportText.padded(word, 10) + result.check.rawValue, 28)
            + ReportText.printable(result.summary)
    }

    private var summary: [String] {
        let errors = findings.count { $0.severity == .error }
        let warnings = findings.count { $0.severity == .warning }
        switch verdict {
        case .ok: return ["Nothing is wrong, as far as it shows from inside."]
        case .warnings: return ["It works. \(String.counted(warnings, "warning")):"]
        case .failed, .unusable:
            let rest = warnings > 0 ? ", \(String.counted(warnings, "warning"))" : ""
            return ["Something is wrong: \(String.counted(errors, "error"))\(rest)."]
        }
    }

    private func lines(_ finding: DoctorFinding) -> [String] {
        ReportText.lines(finding.finding)
            + finding.commands.map { "         " + ReportText.printable($0) }
    }

    private var closing: [String] {
        var lines = ReportText.wrapped(
            "From the server's own machine no packet passes the rules for outside traffic, and "
                + "relays of one daemon hand packets over in memory: the firewall was judged by "
                + "its rules, and the provider's is not seen at all. From another machine:",
            "", then: "")
        lines.append("    " + ReportText.printable(outsideCommand))
        if !isRoot {
            lines.append("As root it sees more: the firewall, all ports' holders, the daemon.")
        }
        return lines
    }
}
