import Primitives

/// The rules that turn results into findings. Each looks at one path, or at all, and nothing else.
struct Diagnosis {
    let report: ProbeReport

    init(_ report: ProbeReport) { self.report = report }

    var settings: ProbeSettings { report.settings }

    /// All findings, the worst first; one that was seen on several paths stands there once.
    var findings: [Finding] {
        var merged: [Finding] = []
        for finding in hostFindings + report.paths.flatMap(findings) {
            let known = merged.firstIndex {
                ($0.id, $0.what, $0.mend) == (finding.id, finding.what, finding.mend)
            }
            guard let known else {
                merged.append(finding)
                continue
            }
            merged[known].paths += finding.paths
            merged[known].severity = max(merged[known].severity, finding.severity)
        }
        return Severity.allCases.reversed().flatMap { severity in
            merged.filter { $0.severity == severity }
        }
    }

    func findings(of path: PathResult) -> [Finding] {
        let name = PathName(transport: path.transport, server: path.server)
        let found =
            reach(path) + certificate(path) + challenge(path) + allocation(path) + addresses(path)
            + relaying(path)
        return found.map {
            var finding = $0
            finding.paths = [name]
            return finding
        }
    }

    // MARK: - The host

    private var hostFindings: [Finding] {
        var found: [Finding] = []
        if let reason = report.nameFailure {
            found.append(
                Finding(
                    "name-not-found", .error, "\(settings.host) has no address: \(reason)",
                    why: "No client finds the server.",
                    mend: "Check the spelling, and the A and AAAA records of the name."))
        }
        if report.addressesLeftOut > 0 {
            found.append(
                Finding(
                    "addresses-left-out", .note,
                    "\(report.addressesLeftOut) further addresses were not tried", why: "",
                    mend: "Give one of them instead of the name to test it."))
        }
        if case .none = settings.credentials, report.paths.contains(where: \.isAnswered) {
            found.append(
                Finding(
                    "no-credentials", .note, "no credentials were given: relaying was not tested",
                    why: "Only the way to the server is known to be open.",
                    mend: "Add --user NAME --password-file FILE, or --secret-file FILE."))
        }
        return found
    }

    // MARK: - What the rules ask

    /// Whether a transport that is not offered breaks calls: UDP always, others when asked for.
    func severityOfAbsence(_ path: PathResult) -> Severity {
        if settings.areTransportsChosen || path.transport == .udp { return .error }
        if path.transport == .dtls { return .note }
        return isAnswered(path.server.ip) ? .warning : .error
    }

    /// Whether the address answers over some transport.
    func isAnswered(_ address: IPAddress) -> Bool {
        report.paths.contains { $0.server.ip == address && $0.isAnswered }
    }

    /// Whether UDP between here and the address is known to pass; nil when it was not tried.
    func passesUDP(_ address: IPAddress) -> Bool? {
        let tried = report.paths.filter { $0.server.ip == address && $0.transport == .udp }
        return tried.isEmpty ? nil : tried.contains(where: \.isAnswered)
    }
}

extension ProbeReport {
    package var findings: [Finding] { Diagnosis(self).findings }

    package var verdict: Verdict {
        let worst = findings.map(\.severity).max() ?? .note
        switch worst {
        case .note: return .ok
        case .warning: return .warnings
        case .error: return paths.contains(where: \.isAnswered) ? .failed : .unusable
        }
    }

    package var exitCode: Int32 { verdict.exitCode }

    /// How one path is to be called: the worst of its findings, or `notOffered`.
    package func status(of path: PathResult) -> PathStatus {
        let found = Diagnosis(self).findings(of: path)
        if !path.isAnswered, found.allSatisfy({ $0.severity == .note }) { return .notOffered }
        switch found.map(\.severity).max() ?? .note {
        case .note: return .ok
        case .warning: return .warning
        case .error: return .failed
        }
    }
}

/// The state of a path in one word.
package enum PathStatus: String, Sendable, Hashable {
    case ok
    case warning
    case failed
    /// The server does not serve this transport, and need not.
    case notOffered = "not-offered"
}
