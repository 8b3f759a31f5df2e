import Appliance
import Configuration
import Doctor
import Probe

extension Installation {
    /// What the file's report says, without what is looked at more closely here.
    var problems: [ConfigurationProblem] {
        // Looked at more closely here.
        let elsewhere: Set<String> = ["certificate-unusable", "certificate-dates"]
        var problems = report.remarks(from: .warning)
            .filter { !elsewhere.contains($0.problem.code) }
            .map { problem, text in
                ConfigurationProblem(
                    severity: problem.severity == .error ? .error : .warning,
                    code: problem.code, text: text)
            }
        if let refusal {
            problems.append(
                ConfigurationProblem(severity: .error, code: "start-refused", text: refusal))
        }
        return problems
    }

    var service: PlannedService? {
        guard let plan, let configuration else { return nil }
        var service = PlannedService(
            listeners: plan.listeners.compactMap { listener in
                ProbeTransport(rawValue: listener.transport).map {
                    PlannedService.Listener(
                        transport: $0, address: listener.address,
                        isBehindProxy: listener.isBehindProxy)
                }
            },
            relays: plan.relays.map {
                PlannedService.Relay(local: $0.local, advertised: $0.advertised)
            },
            relayPorts: plan.relayPorts)
        service.unusedExternal = plan.unusedExternal
        service.relaysUDP = configuration.relay.udp && !configuration.stun.stunOnly
        service.socketBuffer = configuration.relay.socketBufferBytes
        return service
    }
}
