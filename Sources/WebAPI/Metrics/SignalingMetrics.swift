package import Signaling

/// What signaling has counted, and how much of it there is now.
package struct SignalingMetrics: Hashable, Sendable {
    package var counters: SignalingCounters
    package var sockets: Int
    package var sessions: Int
    /// Calls that have not ended.
    package var liveCalls: Int

    package init(counters: SignalingCounters, sockets: Int, sessions: Int, liveCalls: Int) {
        self.counters = counters
        self.sockets = sockets
        self.sessions = sessions
        self.liveCalls = liveCalls
    }
}
