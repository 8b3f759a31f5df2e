package import JSON

/// Who sends a command.
package enum APICaller: Hashable, Sendable {
    /// The bearer of a token.
    case user(TokenClaims)
    /// Another server, by the name of its key; it sees and ends every call.
    case server(String)
}

/// What REST asks for (calls.md 2.7).
package enum APICommand: Hashable, Sendable {
    case create(Creation)
    case list(statuses: Set<CallState.Status>, limit: Int, cursor: String?)
    case show(CallID)
    case join(CallID, token: String?)
    case end(CallID)
    case iceServers
    case configuration

    package struct Creation: Hashable, Sendable {
        package var to: UserID?
        package var chat: String?
        package var media: Media?
        package var lifetimeSeconds: Int64?
        package var metadata: JSONObject?
        /// Gives the caller's newest waiting room instead of a new one (S2-2).
        package var reusesLast: Bool
        /// `Idempotency-Key`.
        package var key: String?

        package init(
            to: UserID? = nil, chat: String? = nil, media: Media? = nil,
            lifetimeSeconds: Int64? = nil, metadata: JSONObject? = nil, reusesLast: Bool = false,
            key: String? = nil
        ) {
            self.to = to
            self.chat = chat
            self.media = media
            self.lifetimeSeconds = lifetimeSeconds
            self.metadata = metadata
            self.reusesLast = reusesLast
            self.key = key
        }
    }
}

/// The answer of a command: an HTTP status and a body.
package enum APIResult: Hashable, Sendable {
    case success(status: Int, JSONObject)
    case failure(status: Int, ErrorReply)

    package var status: Int {
        switch self {
        case .success(let status, _), .failure(let status, _): status
        }
    }
}

extension ErrorCode {
    /// The HTTP status that says the same (calls.md 2.7).
    package var status: Int {
        switch self {
        case .badRequest, .unsupportedType: 400
        case .unauthorized, .tokenExpired: 401
        case .forbidden, .notParticipant: 403
        case .callNotFound: 404
        case .callFull, .badState, .busy, .glare, .alreadyAnswered, .duplicateCall, .staleGen,
            .calleeOffline, .resumeFailed:
            409
        case .callEnded: 410
        case .tooLarge: 413
        case .rateLimited, .tooManyCalls, .tooManyCandidates: 429
        case .unavailable: 503
        case .internal: 500
        }
    }
}
