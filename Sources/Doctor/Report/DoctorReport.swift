import Primitives
package import Probe

/// What was found, check by check.
package struct DoctorReport: Sendable {
    package let file: String
    package let unixSeconds: UInt64
    package let isRoot: Bool
    /// The worst first.
    package let findings: [DoctorFinding]
    /// In the order of `DoctorCheck`.
    package let checks: [CheckResult]
    /// What shows the rest, from another machine.
    package let outsideCommand: String

    package init(_ facts: DoctorFacts) {
        let examination = Examination(facts: facts)
        var findings: [DoctorFinding] = []
        var checks: [CheckResult] = []
        for check in DoctorCheck.allCases {
            guard !facts.skipped.contains(check) else {
                checks.append(
                    CheckResult(check: check, status: .skipped, summary: "was not wanted"))
                continue
            }
            let result = examination.result(of: check)
            findings += result.findings
            checks.append(Self.line(check, result))
        }
        file = facts.file
        unixSeconds = facts.unixSeconds
        isRoot = facts.isRoot
        self.findings = Severity.allCases.reversed().flatMap { severity in
            findings.filter { $0.severity == severity }
        }
        self.checks = checks
        outsideCommand = examination.probeCommand
    }

    private static func line(_ check: DoctorCheck, _ result: Examination.Result) -> CheckResult {
        guard let worst = result.findings.map(\.severity).max() else {
            guard let reason = result.unknown else {
                return CheckResult(check: check, status: .ok, summary: result.fine)
            }
            let summary = result.fine.isEmpty ? reason : "\(reason) (\(result.fine))"
            return CheckResult(check: check, status: .unknown, summary: summary)
        }
        let status: CheckResult.Status =
            switch worst {
            case .note: .note
            case .warning: .warning
            case .error: .failed
            }
        var parts = [result.findings.map(\.finding.id).uniqued.joined(separator: ", ")]
        if let reason = result.unknown { parts.append(reason) }
        return CheckResult(check: check, status: status, summary: parts.joined(separator: "; "))
    }

    /// `ok`, `warnings` or `failed`.
    package var verdict: Verdict {
        switch findings.map(\.severity).max() ?? .note {
        case .note: .ok
        case .warning: .warnings
        case .error: .failed
        }
    }

    package var exitCode: Int32 {
        // A file that allows no start is a mistake in what was written, as for `check`.
        let isRefused = findings.contains { $0.check == .configuration && $0.severity == .error }
        return isRefused ? 2 : verdict.exitCode
    }
}

extension [String] {
    /// Each once, in the order of their first time.
    fileprivate var uniqued: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
