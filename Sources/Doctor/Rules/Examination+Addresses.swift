import Primitives
import Probe

// The addresses that clients are told, against those that the machine has.
extension Examination {
    func addresses() -> Result {
        guard let service = facts.service else { return unplanned }
        var result = Result()
        for relay in service.relays { judge(relay, service, &result) }
        if service.relays.allSatisfy({ $0.local.isLoopback }) {
            result.findings.append(onlyLoopback)
        }
        if result.findings.isEmpty { result.findings += unused(service) + host(service) }
        result.fine = service.relays.map { relay in
            relay.local == relay.advertised
                ? "\(relay.local)" : "\(relay.local), told as \(relay.advertised)"
        }.joined(separator: "; ")
        return result
    }

    private func isOwn(_ address: IPAddress) -> Bool {
        facts.interfaces.contains { $0.address == address }
    }

    private static let why =
        "Callers send their media to the address they are told: it arrives nowhere, and calls "
        + "through the relay connect and stay silent, or fail after seconds."

    private func judge(
        _ relay: PlannedService.Relay, _ service: PlannedService, _ result: inout Result
    ) {
        guard !relay.local.isLoopback else { return }
        let isPrivate = AddressScope.isPrivate(relay.local)
        if relay.local == relay.advertised {
            guard isPrivate else { return }
            let others = service.relays.filter { !AddressScope.isPrivate($0.advertised) }
            // A second address of the family serves those who are outside.
            if others.contains(where: { $0.local.family == relay.local.family }) { return }
            let finding =
                others.isEmpty ? missing(relay.local, service) : useless(relay.local, others)
            return result.findings.append(finding)
        }
        if isOwn(relay.advertised) { return result.findings.append(otherInterface(relay)) }
        if AddressScope.isPrivate(relay.advertised) {
            return result.findings.append(privateExternal(relay))
        }
        if !isPrivate { return result.findings.append(wrong(relay, to: "\(relay.local)")) }
        behindNAT(relay, &result)
    }

    /// The machine cannot see its own public address: the name and an echo may.
    private func behindNAT(_ relay: PlannedService.Relay, _ result: inout Result) {
        let probe = facts.outsideProbes.first { $0.relay == relay }
        let seen = probe?.report.paths.lazy.compactMap(\.mapped?.ip).first
        if let seen, seen.family == relay.advertised.family, seen != relay.advertised,
            !AddressScope.isPrivate(seen)
        {
            return result.findings.append(wrong(relay, to: "\(seen)/\(relay.local)"))
        }
        if seen == relay.advertised { return }
        result.unknown =
            "\(relay.advertised) is translated in front of this machine: whether it is the right "
            + "address shows from elsewhere"
    }

    private func missing(_ local: IPAddress, _ service: PlannedService) -> DoctorFinding {
        let unused = service.unusedExternal.first
        let what =
            unused.map { "external-ip=\($0) stands for no address of this machine, so " } ?? ""
        return DoctorFinding(
            .addresses, unused == nil ? "external-ip-missing" : "external-ip-unused", .error,
            "\(what)clients are told \(local), an address of this network alone",
            why: Self.why,
            mend: "Tell them the public address, in front of the private one, in the "
                + "configuration: external-ip=PUBLIC/\(local). A cloud's console shows it. Then "
                + "restart:",
            commands: ["systemctl restart turnstone"])
    }

    private func useless(
        _ local: IPAddress, _ others: [PlannedService.Relay]
    ) -> DoctorFinding {
        let lines = others.map { "relay-ip=\($0.local)" }.joined(separator: " and ")
        let family = local.family == .ipv4 ? "IPv4" : "IPv6"
        return DoctorFinding(
            .addresses, "relay-address-private", .warning,
            "who asks for \(family) is told \(local), an address of this network alone",
            why: "Nobody outside reaches it. Calls lose time with it, or fail where it is the only "
                + "address that both sides know.",
            mend: "Relay from the public address alone: write \(lines). Then restart:",
            commands: ["systemctl restart turnstone"])
    }

    private func otherInterface(_ relay: PlannedService.Relay) -> DoctorFinding {
        DoctorFinding(
            .addresses, "external-ip-local", .error,
            "external-ip=\(relay.advertised) is this machine's own, while relay ports are open on "
                + "\(relay.local)",
            why: Self.why,
            mend: "Relay from that address itself: write relay-ip=\(relay.advertised) and delete "
                + "the line with external-ip. Then restart:",
            commands: ["systemctl restart turnstone"])
    }

    private func privateExternal(_ relay: PlannedService.Relay) -> DoctorFinding {
        DoctorFinding(
            .addresses, "external-ip-private", .warning,
            "external-ip=\(relay.advertised) is a private address",
            why: "Only callers inside that network reach it.",
            mend: "Unless that is meant, write the public address: "
                + "external-ip=PUBLIC/\(relay.local). Then restart:",
            commands: ["systemctl restart turnstone"])
    }

    private func wrong(_ relay: PlannedService.Relay, to value: String) -> DoctorFinding {
        // A machine that has its public address itself is told nothing.
        let isNeeded = value != "\(relay.local)"
        return DoctorFinding(
            .addresses, "external-ip-wrong", .error,
            "clients are told \(relay.advertised), and this server is \(value)",
            why: Self.why,
            mend: isNeeded
                ? "The public address has changed: write external-ip=\(value). Then restart:"
                : "The machine has its public address itself and needs no external-ip: delete the "
                    + "line. Then restart:",
            commands: ["systemctl restart turnstone"])
    }

    private var onlyLoopback: DoctorFinding {
        DoctorFinding(
            .addresses, "loopback-only", .warning,
            "the server is there for this machine alone: it relays from a loopback address",
            why: "Nobody else reaches it.",
            mend: "Delete listening-ip and relay-ip, or write an address of this machine there. "
                + "Its addresses, and the restart:",
            commands: ["ip address show scope global", "systemctl restart turnstone"])
    }

    private func unused(_ service: PlannedService) -> [DoctorFinding] {
        service.unusedExternal.map { value in
            DoctorFinding(
                .addresses, "external-ip-unused", .warning,
                "external-ip=\(value) stands for no address that relays",
                why: "The line does nothing, and was meant to do something.",
                mend: "Write the private address that the machine has now behind the slash, or "
                    + "delete the line. The addresses it has:",
                commands: ["ip address show scope global"])
        }
    }

    /// Whether the name that clients use leads here.
    private func host(_ service: PlannedService) -> [DoctorFinding] {
        guard let host = facts.host else { return [] }
        if let reason = facts.hostFailure {
            return [
                DoctorFinding(
                    .addresses, "name-not-found", .error, "\(host) has no address: \(reason)",
                    why: "No client finds the server.",
                    mend: "Check the spelling, and the A and AAAA records of the name. What it "
                        + "says now:",
                    commands: ["getent ahosts \(host.quoted)"])
            ]
        }
        guard !facts.hostAddresses.isEmpty else { return [] }
        let own =
            service.relays.flatMap { [$0.local, $0.advertised] }
            + service.listeners.map(\.address.ip)
        let strange = facts.hostAddresses.filter { !own.contains($0) }
        guard !strange.isEmpty else { return [] }
        let list = strange.map(\.description).joined(separator: ", ")
        let isAll = strange.count == facts.hostAddresses.count
        let told = service.relays.map(\.advertised.description).joined(separator: ", ")
        return [
            DoctorFinding(
                .addresses, "name-elsewhere", isAll ? .error : .warning,
                "\(host) leads to \(list), and this server is known as \(told)",
                why: "Clients who use the name come to another machine, or are told a wrong "
                    + "address by this one.",
                mend: "Change the A and AAAA records of the name to this server's addresses, or "
                    + "external-ip if that is what changed. What the name says now:",
                commands: ["getent ahosts \(host.quoted)"])
        ]
    }
}
