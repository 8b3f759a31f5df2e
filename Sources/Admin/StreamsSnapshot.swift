/// Clients that come by TCP or TLS, up to the point where they are handed on or served.
package struct StreamsSnapshot: Codable, Hashable, Sendable {
    /// Connections now, handed on ones included.
    package var open: UInt64
    /// Of those, the ones whose protocol is not known yet.
    package var halfOpen: UInt64
    /// Source networks (/24, /64) they come from.
    package var networks: UInt64
    /// Since the start, as everything below.
    package var accepted: UInt64
    /// Connections that were not served, by reason (the metric labels).
    package var refused: [String: UInt64]
    package var handshakes: UInt64
    /// TLS handshakes that failed, by OpenSSL's reason.
    package var failedHandshakes: [String: UInt64]
    /// Streams of STUN that went to a worker.
    package var handedOver: UInt64
    package var httpRequests: UInt64
    /// WebSockets open now.
    package var webSockets: UInt64

    package init(
        open: UInt64 = 0, halfOpen: UInt64 = 0, networks: UInt64 = 0, accepted: UInt64 = 0,
        refused: [String: UInt64] = [:], handshakes: UInt64 = 0,
        failedHandshakes: [String: UInt64] = [:], handedOver: UInt64 = 0,
        httpRequests: UInt64 = 0, webSockets: UInt64 = 0
    ) {
        self.open = open
        self.halfOpen = halfOpen
        self.networks = networks
        self.accepted = accepted
        self.refused = refused
        self.handshakes = handshakes
        self.failedHandshakes = failedHandshakes
        self.handedOver = handedOver
        self.httpRequests = httpRequests
        self.webSockets = webSockets
    }
}

/// A certificate in use.
package struct CertificateSnapshot: Codable, Hashable, Sendable {
    package var file: String
    /// Host names and addresses it is good for.
    package var names: [String]
    /// Until its last second; negative behind it.
    package var expiresInSeconds: Int64
    /// SHA-256 in hexadecimal, to compare with what clients see.
    package var fingerprint: String

    package init(file: String, names: [String], expiresInSeconds: Int64, fingerprint: String) {
        self.file = file
        self.names = names
        self.expiresInSeconds = expiresInSeconds
        self.fingerprint = fingerprint
    }
}
