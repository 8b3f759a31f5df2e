package import Primitives

/// What all workers of the process have in common. Control path only: every part locks.
package final class SharedState: Sendable {
    package let quotas: QuotaLedger
    package let ports: PortLedger
    /// Relay ports kept for holders of a RESERVATION-TOKEN.
    package let reservations = ReservationTable()
    let tcpRelays = TCPRelayTable()
    /// Names that are shut out for a while.
    package let revocations = RevocationList()
    /// Whether any TCP relay listens on this address.
    package func relaysTCP(from local: IPAddress) -> Bool { tcpRelays.contains(local) }

    /// What nonces are made with, so that every worker knows those of the others.
    let nonceKey: [UInt8]

    /// `nonceKey` holds at least 32 bytes from the kernel's generator.
    package init(quotas: QuotaLedger, ports: PortLedger, nonceKey: [UInt8]) {
        self.quotas = quotas
        self.ports = ports
        self.nonceKey = nonceKey
    }
}
