// What the OpenAPI document says of each endpoint as a whole.
extension Endpoint {
    var summary: String {
        switch self {
        case .health: "Whether the process runs"
        case .ready: "Whether new work is welcome"
        case .metrics: "Numbers for Prometheus"
        case .description: "This document"
        case .turn, .turnCredentials: "A credential as draft-uberti-behave-turn-rest has it"
        case .cloudflareList: "A credential as Cloudflare's API has it"
        case .cloudflareSingle: "The same in the older form, one entry"
        case .cloudflareRevoke: "Ends what a user name relays, and refuses it from now on"
        case .twilio: "A credential as Twilio's Network Traversal Service has it"
        case .xirsys: "A credential as Xirsys has it"
        case .matrix: "A credential as the Matrix client-server API has it"
        case .iceServers: "A credential ready for RTCPeerConnection"
        case .configuration: "What clients of this server share: times, limits, ICE servers"
        case .calls: "Calls: open a new one, or list one's own"
        case .currentCall: "Gone: several calls at once have no current one"
        case .call: "One call: look at it, or end it"
        case .callJoin: "Reserve a seat, which a socket has to take soon"
        case .callEnd: "End a call; ending twice is no mistake"
        case .tokens: "A token with which one user speaks to this server"
        case .reports: "Hand the result of a connection test to the operator"
        case .relay: "What a connection test compares with what it sees"
        }
    }

    /// One of these is needed; none where the list is empty.
    var securitySchemes: [String] {
        switch self {
        case .turn, .turnCredentials: ["key", "api", "bearer"]
        case .twilio, .xirsys: ["basic"]
        case .iceServers, .calls, .call, .callJoin, .callEnd, .reports: ["token", "bearer"]
        case .metrics: ["admin"]
        case .health, .ready, .description, .configuration, .currentCall, .relay: []
        default: ["bearer"]
        }
    }
}
