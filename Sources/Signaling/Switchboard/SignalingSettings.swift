package import JSON
package import Primitives

/// Every time and bound of the signaling half, with the defaults of calls.md.
package struct SignalingSettings: Sendable {
    // Sessions (2.1 to 2.3).
    package var helloTimeout = Seconds(10)
    package var sessionRetention = Seconds(120)
    /// How long a seat without a socket is kept (S0-22).
    package var seatWindow = Seconds(1800)
    package var tokenWarning = Seconds(60)
    package var tokenSkew = Seconds(30)

    // Bounds (2.6, ruling 16).
    package var wire = WireLimits()
    package var socketsMax = 100_000
    package var sessionsMax = 200_000
    package var socketsPerUserMax = 8
    /// How long the application may think about a chat.
    package var resolutionTimeout = Seconds(15)
    /// Connected and retained ones; beyond it the oldest retained one without a seat goes.
    package var sessionsPerUserMax = 16
    package var unauthenticatedSocketsPerAddressMax = 64
    package var liveCallsPerUserMax = 16
    package var callsMax = 100_000
    package var failedHellosMax = 10
    package var failedHellosPerAddressMax = 300
    package var failedHelloWindow = Seconds(1800)
    /// Addresses, and tokens of addresses, whose failures are remembered.
    package var failedHelloRecordsMax = 20_000

    // Calls.
    package var calls = CallSettings()
    /// A seat that is away for longer does not make its user busy (ruling 10).
    package var busyGraceMilliseconds: Int64 = 45_000
    package var seatTokenLifetime = Seconds(86_400)
    /// After a start without saved state (ruling 4).
    package var crashRecovery = Seconds(120)
    package var busyMode = BusyMode.reject
    /// Whether a push hook is there to wake devices that are not connected.
    package var hasPushHook = false
    /// Whether the application can be asked who is meant by a chat.
    package var hasChatResolver = false
    /// Whether `call:join` of an unknown call opens it, for a token with scope `host`.
    package var joinOpensRooms = true
    /// Whether anybody may call and watch anybody whose token does not say otherwise (ruling 15).
    package var isDirectoryOpen = false
    /// Whether sessions without a token are taken in, as anonymous guests.
    package var allowsAnonymous = false
    /// Where clients find the pages and the socket of this server; empty leaves the links out.
    package var publicURL = ""
    package var drainSpread = Seconds(30)
    /// What `welcome.config` and `/apiv2/config` tell clients beside `sharedConfiguration`, which
    /// it may change.
    package var clientConfiguration = JSONObject()

    package init() {}

    package enum BusyMode: String, Hashable, Sendable, CaseIterable {
        case reject
        case waiting
    }
}
