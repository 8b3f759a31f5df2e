import Primitives
import Probe

// The configuration, the daemon, and who is in its way.
extension Examination {
    func configuration() -> Result {
        var result = Result(fine: facts.file)
        let shown = facts.problems.prefix(Self.problemsShown)
        for problem in shown {
            result.findings.append(
                DoctorFinding(
                    .configuration, problem.code, problem.severity, problem.text,
                    why: problem.severity == .error
                        ? "The daemon does not start with it, nor does it reload."
                        : "The server does something else than the line seems to say.",
                    mend: "Change the line, and let the daemon read it:",
                    commands: ["turnstone check \(facts.file.quoted)", "turnstone reload"]))
        }
        let more = facts.problems.count - shown.count
        if more > 0 {
            result.findings.append(
                DoctorFinding(
                    .configuration, "configuration-more", .warning,
                    "\(more) further things are to be said about the file", why: "",
                    mend: "Read them all:", commands: ["turnstone check \(facts.file.quoted)"]))
        }
        return result
    }

    private static let problemsShown = 8

    // MARK: - the daemon

    func daemon() -> Result {
        switch facts.daemon {
        case .closed(let reason): Result(unknown: reason)
        case .found(.answers(let daemon)): self.daemon(daemon)
        case .found(.silent(let reason)):
            if isPortHeld {
                Result(unknown: "it cannot run while another program has its port")
            } else if facts.service == nil {
                Result(unknown: "it does not run, and cannot start with this configuration")
            } else {
                notRunning(reason)
            }
        }
    }

    private func notRunning(_ reason: String) -> Result {
        Result(findings: [
            DoctorFinding(
                .daemon, "daemon-not-running", .error,
                "no daemon answers at the admin socket: \(reason.lowercased())",
                why: "Without it nothing is relayed.",
                mend: "Start it, and read in its log why it ended:",
                commands: [
                    "systemctl enable --now turnstone", "journalctl -u turnstone -n 50",
                ])
        ])
    }

    private func daemon(_ daemon: DaemonFacts) -> Result {
        var result = Result(
            fine: "Turnstone \(daemon.version), process \(daemon.processID), up "
                + Self.duration(daemon.uptimeSeconds))
        if daemon.version != daemon.ownVersion {
            result.findings.append(
                DoctorFinding(
                    .daemon, "daemon-old", .warning,
                    "the daemon is of version \(daemon.version), the program of "
                        + daemon.ownVersion,
                    why: "It was replaced and not started again: what is mended in the new one "
                        + "still happens.",
                    mend: "Restart it; callers come back by themselves:",
                    commands: ["systemctl restart turnstone"]))
        }
        if let pending = daemon.pendingChanges, let first = pending.first {
            let more = pending.count > 1 ? " and \(pending.count - 1) more" : ""
            result.findings.append(
                DoctorFinding(
                    .daemon, "configuration-not-loaded", .warning,
                    "the daemon does not do yet what the file says: \(first)\(more)",
                    why: "What is said here of the file is not what clients meet.",
                    mend: "Let it read the file; the first says what that costs:",
                    commands: ["turnstone reload --dry-run", "turnstone reload"]))
        }
        return result
    }

    static func duration(_ seconds: UInt64) -> String {
        switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7_200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3_600) h"
        default: "\(seconds / 86_400) days"
        }
    }

    // MARK: - who is in the way

    func ports() -> Result {
        guard let service = facts.service else { return unplanned }
        let ports = Set(service.listeners.map(\.address.port)).sorted()
        let list = ports.map(String.init).joined(separator: ", ")
        var result = Result(fine: "nobody else has \(list)")
        var seen: Set<PortFact> = []
        for holder in facts.holders where seen.insert(holder).inserted {
            result.findings.append(held(holder))
        }
        return result
    }

    private func held(_ holder: PortFact) -> DoctorFinding {
        let who =
            holder.command.map { command in
                command + (holder.processID.map { " (process \($0))" } ?? "")
            } ?? "another program"
        let isRunning = if case .found(.answers) = facts.daemon { true } else { false }
        let isCoturn = holder.command == "turnserver"
        let number = "\(holder.transport) port \(holder.address.port)"
        let commands =
            isCoturn
            ? ["systemctl disable --now coturn", "systemctl restart turnstone"]
            : [
                "ss -lnp\(holder.transport == "UDP" ? "u" : "t") 'sport = :\(holder.address.port)'",
                "systemctl restart turnstone",
            ]
        return DoctorFinding(
            .ports, "port-held", .error, "\(who) has \(number) on \(holder.address.ip)",
            why: isRunning
                ? "Clients who come there meet something else than this server."
                : "The daemon cannot open it and does not start, so nothing is relayed.",
            mend: isCoturn
                ? "Stop coturn for good, then start the daemon:"
                : "Stop that program, or give the daemon another port (listening-port, "
                    + "tls-listening-port). Who it is, and the start afterwards:",
            commands: commands)
    }
}
