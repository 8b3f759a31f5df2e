import Configuration
import LinuxIO
import Reception

/// The open TCP ports and what is served on them: what the door starts with.
struct StreamListeners: Sendable {
    /// Open, in the order of the plan's endpoints; whoever gets them closes them.
    var sockets: [TCPListener]
    var endpoints: [StreamEndpoint]
    var served: ServedTransports
    /// Certificates with absolute paths; `limits.connections` fits the open files.
    var settings: ServerConfiguration.Streams
}

extension ServerConfiguration.StreamLimits {
    /// The bounds as the ledger of connections takes them.
    var ledger: ConnectionLimits {
        var limits = ConnectionLimits()
        limits.open = connections
        limits.openPerNetwork = connectionsPerPrefix
        limits.halfOpen = min(halfOpen, connections)
        limits.halfOpenPerNetwork = halfOpenPerPrefix
        return limits
    }
}
