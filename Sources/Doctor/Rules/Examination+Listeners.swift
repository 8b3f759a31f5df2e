import Primitives
import Probe

// What a client of this machine meets: an answer of each listener, and packets through the relay.
extension Examination {
    func listeners() -> Result {
        guard let service = facts.service else { return unplanned }
        guard case .found(let reports) = facts.probes else { return closedProbes }
        var result = Result()
        let found = reports.flatMap(\.findings).filter(Self.concernsListeners)
        result.findings = Self.merged(found.compactMap(withoutConsequences)).map {
            DoctorFinding(.listeners, $0)
        }
        let answered = reports.flatMap(\.paths).filter(\.isAnswered)
        let names = ProbeTransport.allCases.filter { transport in
            answered.contains { $0.transport == transport }
        }.map { $0.rawValue.uppercased() }
        result.fine =
            "\(answered.count) of \(String.counted(service.listeners.count, "listener")) answer "
            + "(\(names.joined(separator: ", ")))"
        let proxied = service.listeners.count { $0.isBehindProxy }
        if proxied > 0 {
            result.unknown = "\(String.counted(proxied, "listener")) answer only a proxy"
        }
        return result
    }

    /// Without a usable certificate no handshake can come about: that one is told, not these.
    private func withoutConsequences(_ finding: Finding) -> Finding? {
        let isServed = facts.certificates.contains {
            if case .unusable = $0.outcome { false } else { true }
        }
        guard !facts.certificates.isEmpty, !isServed, !facts.skipped.contains(.certificates) else {
            return finding
        }
        var rest = finding
        rest.paths.removeAll(where: \.transport.isSecure)
        return rest.paths.isEmpty && !finding.paths.isEmpty ? nil : rest
    }

    /// One of each kind, with the places where it was seen.
    private static func merged(_ findings: [Finding]) -> [Finding] {
        var merged: [Finding] = []
        for finding in findings {
            if let known = merged.firstIndex(where: {
                ($0.id, $0.what, $0.mend) == (finding.id, finding.what, finding.mend)
            }) {
                merged[known].paths += finding.paths
            } else {
                merged.append(finding)
            }
        }
        return merged
    }

    private var closedProbes: Result {
        if case .closed(let reason) = facts.probes { return Result(unknown: reason) }
        return Result()
    }

    /// The server's own addresses and certificates are judged by rules that know the files.
    private static func concernsListeners(_ finding: Finding) -> Bool {
        guard finding.severity > .note else { return false }
        return finding.id.hasSuffix("-refused") && !relayFindings.contains(finding.id)
            || finding.id.hasSuffix("-no-answer")
            || ["handshake-failed", "no-stun", "no-route", "not-tested"].contains(finding.id)
    }

    /// Of a probe, what is about allocations.
    private static let relayFindings: Set<String> = [
        "no-turn", "open-relay", "challenge-broken", "realm-differs", "allocate-silent",
        "allocate-refused", "credential-refused", "secret-refused", "credential-expired",
        "nonce-stale", "quota-reached", "no-capacity", "no-udp-relay", "quota-small",
        "second-client", "relay-peer-denied", "loss", "large-packets-lost", "alternate-server",
    ]

    // MARK: - the relay

    func relay() -> Result {
        guard let service = facts.service else { return unplanned }
        guard case .found(let reports) = facts.probes else { return closedProbes }
        guard service.relaysUDP else { return Result(fine: "nothing is to be relayed") }
        var result = Result()
        let found = reports.flatMap(\.findings).filter {
            $0.severity > .note && Self.relayFindings.contains($0.id)
        }
        result.findings = Self.merged(found).map { DoctorFinding(.relay, $0) }
        let echoes = reports.flatMap(\.paths).flatMap(\.echoes).filter { $0.mode != .ownSocket }
        let lost = echoes.filter { $0.received == 0 }
        if !lost.isEmpty, result.findings.isEmpty { result.findings.append(relayLost) }
        guard let source = facts.credentialSource else {
            result.unknown =
                "no credentials could be made: neither a secret of the daemon nor a user with a "
                + "password is there"
            return result
        }
        let sent = echoes.reduce(0) { $0 + $1.sent }
        let received = echoes.reduce(0) { $0 + $1.received }
        result.fine = "allocates with \(source); \(received) of \(sent) packets came back"
        if echoes.isEmpty, result.findings.isEmpty {
            result.fine = ""
            result.unknown = "no allocation could be tried"
        }
        return result
    }

    private var relayLost: DoctorFinding {
        DoctorFinding(
            .relay, "relay-lost", .error, "packets between two relay ports of the server are lost",
            why: "Two callers who both need the relay cannot reach each other.",
            mend: "Look at what the daemon drops and refuses:",
            commands: ["turnstone status", "turnstone refusals"])
    }
}
