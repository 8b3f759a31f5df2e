package import Probe

/// Something to know about an installation, and the commands that mend it.
package struct DoctorFinding: Sendable, Hashable {
    package let check: DoctorCheck
    package let finding: Finding
    /// For a shell, in their order; empty where no command does it.
    package let commands: [String]

    init(
        _ check: DoctorCheck, _ id: String, _ severity: Severity, _ what: String, why: String,
        mend: String, commands: [String] = []
    ) {
        self.check = check
        finding = Finding(id, severity, what, why: why, mend: mend)
        self.commands = commands
    }

    /// What the probe found.
    init(_ check: DoctorCheck, _ finding: Finding) {
        self.check = check
        self.finding = finding
        commands = []
    }

    package var severity: Severity { finding.severity }
}

/// How one check came out, in a line.
package struct CheckResult: Sendable, Hashable {
    package enum Status: String, Sendable, Hashable {
        case ok
        case note
        case warning
        case failed
        /// It could not be looked at.
        case unknown
        case skipped
    }

    package let check: DoctorCheck
    package let status: Status
    package let summary: String
}
