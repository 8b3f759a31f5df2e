import Appliance
import Doctor
import LinuxIO
import Primitives

/// Who has the ports that the configuration wants.
enum PortReader {
    /// Everybody but the daemon. What another user has shows no name: it may be the daemon's own
    /// unless that is known not to run.
    static func holders(
        _ listeners: [Installation.Listener], except daemon: Look<DaemonState>
    ) -> [PortFact] {
        var facts: [PortFact] = []
        var seen: Set<TransportAddress> = []
        for transport in [PortHolder.Transport.udp, .tcp] {
            seen.removeAll()
            for listener in listeners
            where (transport == .udp) == ["udp", "dtls"].contains(listener.transport) {
                guard seen.insert(listener.address).inserted else { continue }
                for holder in PortHolder.find(listener.address, transport) {
                    guard isOther(holder, than: daemon) else { continue }
                    facts.append(
                        PortFact(
                            transport: transport.rawValue.uppercased(), address: listener.address,
                            command: holder.command, processID: holder.processID))
                }
            }
        }
        return facts
    }

    private static func isOther(_ holder: PortHolder, than daemon: Look<DaemonState>) -> Bool {
        switch daemon {
        case .found(.silent): true
        case .found(.answers(let facts)):
            holder.processID != nil && holder.processID != facts.processID
        case .closed: holder.command != nil && holder.command != "turnstone"
        }
    }
}
