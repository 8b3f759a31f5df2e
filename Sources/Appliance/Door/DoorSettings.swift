import Configuration
import HTTP
import Primitives

/// What the door goes by.
struct DoorSettings: Sendable {
    var served: ServedTransports
    /// Who may send PROXY headers.
    var trustedProxies: [AddressRange]
    /// From accepting to knowing the protocol.
    var receptionTime: Seconds
    var http = HTTPLimits()
    /// STUN is for the workers; a door without workers serves HTTP alone.
    var takesSTUN = true

    init(_ streams: ServerConfiguration.Streams, served: ServedTransports) {
        self.served = served
        trustedProxies = streams.trustedProxies
        receptionTime = streams.limits.handshakeTimeout
        http.headSeconds = receptionTime
    }
}
