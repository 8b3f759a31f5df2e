import Appliance
import Doctor
import LinuxIO
import Primitives

/// Who has the ports that the configuration wants.
enum PortReader {
    /// Everybody but the daemon. What another user has shows no name, and may be the daemon's own
    /// while it runs.
    static func holders(_ listeners: [Installation.Listener], except daemon: Int32?) -> [PortFact] {
        var facts: [PortFact] = []
        var seen: Set<TransportAddress> = []
        for transport in [PortHolder.Transport.udp, .tcp] {
            seen.removeAll()
            for listener in listeners
            where (transport == .udp) == ["udp", "dtls"].contains(listener.transport) {
                guard seen.insert(listener.address).inserted else { continue }
                for holder in PortHolder.find(listener.address, transport) {
                    if let daemon, holder.processID == daemon || holder.processID == nil {
                        continue
                    }
                    facts.append(
                        PortFact(
                            transport: transport.rawValue.uppercased(), address: listener.address,
                            command: holder.command, processID: holder.processID))
                }
            }
        }
        return facts
    }
}
