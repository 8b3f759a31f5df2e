/// What a connection test compares with what it sees. None of it is secret: whoever connects sees
/// the certificate, and whoever relays the address and the port.
package struct RelayFacts: Sendable {
    /// At most so many names of certificates are told.
    package static let namesMax = 16

    /// Where relays are said to be.
    package var addresses: [String]
    /// Where their ports come from.
    package var ports: ClosedRange<UInt16>
    /// Of the certificates that clients are shown; none without TLS.
    package var certificateNames: [String]

    package init(addresses: [String], ports: ClosedRange<UInt16>, certificateNames: [String]) {
        self.addresses = addresses
        self.ports = ports
        self.certificateNames = certificateNames
    }
}
