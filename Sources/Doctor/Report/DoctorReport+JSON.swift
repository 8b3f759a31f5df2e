import JSON
import Probe

// The answer for programs. Members may be added, none removed or changed in meaning, without
// another `schema`.
extension DoctorReport {
    package static let schema: Int64 = 1

    /// One object and the end of the line.
    package var json: String { String(decoding: value.bytes, as: UTF8.self) + "\n" }

    var value: JSONValue {
        [
            "schema": .integer(Self.schema),
            "file": .string(file),
            "verdict": .string(verdict.rawValue),
            "exitCode": .integer(Int64(exitCode)),
            "at": .integer(Int64(clamping: unixSeconds)),
            "root": .bool(isRoot),
            "checks": .array(checks.map(value)),
            "findings": .array(findings.map(value)),
            "outside": .string(outsideCommand),
        ]
    }

    private func value(_ result: CheckResult) -> JSONValue {
        [
            "name": .string(result.check.rawValue),
            "status": .string(result.status.rawValue),
            "summary": .string(result.summary),
        ]
    }

    private func value(_ finding: DoctorFinding) -> JSONValue {
        [
            "id": .string(finding.finding.id),
            "check": .string(finding.check.rawValue),
            "severity": .string(finding.severity.rawValue),
            "what": .string(finding.finding.what),
            "why": .string(finding.finding.why),
            "mend": .string(finding.finding.mend),
            "commands": .array(finding.commands.map { .string($0) }),
            "paths": .array(finding.finding.paths.map { .string($0.description) }),
        ]
    }
}
