import JSON
import Primitives
import Probe

// Whether the rules of this machine let clients and media in.
extension Examination {
    func firewall() -> Result {
        guard let service = facts.service else { return unplanned }
        switch facts.firewall {
        case .closed(let reason): return Result(unknown: reason)
        case .found(let texts):
            let (ruleset, unread) = Self.ruleset(texts)
            var result = Result()
            let reasons = texts.failures + unread + ruleset.unread.map { "\($0) is not judged" }
            if !reasons.isEmpty { result.unknown = reasons.joined(separator: "; ") }
            result.fine =
                ruleset.isEmpty
                ? "no rule stands in the way"
                : "rules let in what the configuration wants"
            for question in questions(service) {
                for finding in findings(question, ruleset)
                where !result.findings.contains(where: { $0.finding.what == finding.finding.what })
                {
                    result.findings.append(finding)
                }
            }
            return result
        }
    }

    /// All rules of all tools, and what could not be read of them.
    static func ruleset(_ texts: FirewallTexts) -> (FirewallRuleset, [String]) {
        var ruleset = FirewallRuleset()
        for text in texts.iptables {
            ruleset.tables += IptablesReader(text, family: .ipv4).tables
        }
        for text in texts.ip6tables {
            ruleset.tables += IptablesReader(text, family: .ipv6).tables
        }
        guard let bytes = texts.nftables else { return (ruleset, []) }
        // iptables of our days keeps its rules in tables of nftables, which shows them in part.
        let known = Set(ruleset.tables.map { "\($0.family) \($0.name)" })
        do throws(JSONFailure) {
            let reader = try NftablesReader(bytes, leaving: known)
            ruleset.tables += reader.ruleset.tables
            ruleset.unread = reader.ruleset.unread
            return (ruleset, [])
        } catch {
            return (ruleset, ["what nft prints cannot be read: \(error)"])
        }
    }

    /// Something that must come in.
    private struct Question {
        /// `udp` or `tcp`.
        var transport: String
        var address: IPAddress
        var ports: PortSet
        var isRelay: Bool
    }

    private func questions(_ service: PlannedService) -> [Question] {
        var questions: [Question] = []
        if service.relaysUDP {
            questions = service.relays.filter { !$0.local.isLoopback }.map {
                Question(
                    transport: "udp", address: $0.local, ports: PortSet([service.relayPorts]),
                    isRelay: true)
            }
        }
        // Only a proxy comes to such a port, often from this machine.
        let listeners = service.listeners.filter { !$0.address.ip.isLoopback && !$0.isBehindProxy }
        for listener in listeners {
            let transport = listener.transport.isStream ? "tcp" : "udp"
            let ports = PortSet([listener.address.port])
            let known = questions.firstIndex {
                !$0.isRelay && $0.transport == transport && $0.address == listener.address.ip
            }
            if let known {
                questions[known].ports = questions[known].ports.union(ports)
            } else {
                questions.append(
                    Question(
                        transport: transport, address: listener.address.ip, ports: ports,
                        isRelay: false))
            }
        }
        return questions
    }

    private func findings(_ question: Question, _ ruleset: FirewallRuleset) -> [DoctorFinding] {
        let packet = FirewallPacket(
            transport: question.transport, destination: question.address,
            interface: facts.interfaces.first { $0.address == question.address }?.name)
        let outcome = ruleset.judge(packet, question.ports)
        let mender = { FirewallMender(maker: ruleset.maker(at: $0)) }
        return outcome.dropped.map { closed($0, question, mender($0)) }
            + outcome.restricted.map { restricted($0, question, mender($0)) }
            + outcome.unclear.map { unclear($0, question) }
    }

    private func what(_ ports: PortSet, _ question: Question) -> String {
        let kind = question.isRelay ? "relay port" : "port"
        return
            "\(question.transport.uppercased()) to \(kind)\(ports.count == 1 ? "" : "s") \(ports)"
    }

    private func closed(
        _ decision: FirewallOutcome.Decision, _ question: Question, _ mender: FirewallMender
    ) -> DoctorFinding {
        DoctorFinding(
            .firewall, question.isRelay ? "firewall-relay" : "firewall-listener", .error,
            "the firewall drops \(what(decision.ports, question)): \(decision.rule)",
            why: question.isRelay
                ? "Callers send their media to relay ports: calls connect only where both sides "
                    + "use this relay, or not at all."
                : question.transport == "udp"
                    ? "Clients get no answer over UDP, which carries nearly all calls."
                    : "Whose network lets no UDP out cannot call, and pages do not load.",
            mend: mender.advice,
            commands: mender.commands(decision, question.transport))
    }

    private func restricted(
        _ decision: FirewallOutcome.Decision, _ question: Question, _ mender: FirewallMender
    ) -> DoctorFinding {
        DoctorFinding(
            .firewall, "firewall-restricted", .warning,
            "the firewall opens \(what(decision.ports, question)) to some addresses alone: "
                + decision.rule,
            why: "Everybody else is kept out, also the other side of a call.",
            mend: "If that is not meant: " + mender.advice,
            commands: mender.commands(decision, question.transport))
    }

    private func unclear(
        _ decision: FirewallOutcome.Decision, _ question: Question
    ) -> DoctorFinding {
        DoctorFinding(
            .firewall, "firewall-unclear", .note,
            "could not tell whether \(what(decision.ports, question)) comes in: \(decision.rule)",
            why: "The rule asks for something that is not judged here.",
            mend: "Try it from another machine:", commands: [probeCommand])
    }

    /// The test that the inside cannot make.
    var probeCommand: String {
        let address = facts.service?.relays.first?.advertised.description
        return "turnstone probe \((facts.host ?? address ?? "HOST").quoted)"
    }
}
