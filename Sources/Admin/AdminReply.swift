/// The answer to one `AdminRequest`.
package enum AdminReply: Hashable, Sendable {
    case status(StatusSnapshot)
    case allocations(AllocationList)
    case allocation(AllocationSnapshot)
    case killed(KillReply)
    case credential(CredentialReply)
    case calls(CallList)
    case call(CallReport)
    case callEnded(CallEndReply)
    case sessions(SessionList)
    case kicked(KickReply)
    case users(UserList)
    case reports(ReportList)
    case report(ReportSnapshot)
    case explanation(CredentialExplanation)
    case revoked(RevokeReply)
    case refusals(RefusalList)
    /// Text for Prometheus.
    case metrics([UInt8])
    case logLevel(LogLevelReply)
    case drain(DrainReply)
    case reload(ReloadReply)
    case configuration(ConfigurationReply)
    case refused(AdminRefusal)
}

/// Allocations that matched a filter, cut at its limit.
package struct AllocationList: Codable, Hashable, Sendable {
    /// How many matched in all; more than `allocations` holds when the limit cut the list.
    package var matched: Int
    package var allocations: [AllocationSnapshot]

    package init(matched: Int, allocations: [AllocationSnapshot]) {
        self.matched = matched
        self.allocations = allocations
    }

    /// The list a filter makes of all allocations, in the order they come.
    package init(_ all: [AllocationSnapshot], filter: AllocationFilter) {
        let matching = all.filter(filter.matches)
        self.init(matched: matching.count, allocations: Array(matching.prefix(filter.limit)))
    }
}

/// What a kill did.
package struct KillReply: Codable, Hashable, Sendable {
    /// How many allocations ended; 0 is a success when a user was named that had none.
    package var killed: Int
    /// The account refused from now on, if a ban was ordered, and for how long.
    package var bannedAccount: String?
    package var banSeconds: UInt32

    package init(killed: Int, bannedAccount: String? = nil, banSeconds: UInt32 = 0) {
        self.killed = killed
        self.bannedAccount = bannedAccount
        self.banSeconds = banSeconds
    }
}

/// A time-limited credential, in the shape a browser's `RTCIceServer` wants.
///
/// The only snapshot that carries something secret; it goes to the asking client alone.
package struct CredentialReply: Codable, Hashable, Sendable {
    /// `turn:` and `stun:` URIs of the listeners (RFC 7065, RFC 7064).
    package var urls: [String]
    package var username: String
    /// The password, called as `RTCIceServer` calls it.
    package var credential: String
    package var realm: String
    package var ttlSeconds: UInt32
    /// When a new Allocate with it begins to fail, in seconds since 1970.
    package var expiresAt: UInt64

    package init(
        urls: [String], username: String, credential: String, realm: String, ttlSeconds: UInt32,
        expiresAt: UInt64
    ) {
        self.urls = urls
        self.username = username
        self.credential = credential
        self.realm = realm
        self.ttlSeconds = ttlSeconds
        self.expiresAt = expiresAt
    }
}

/// Why a request was not carried out: a stable code for programs, a sentence for people.
package struct AdminRefusal: Error, Codable, Hashable, Sendable {
    /// The stable codes; each has its HTTP status in `AdminJSON`.
    package enum Code: String, Codable, Hashable, Sendable, CaseIterable {
        /// The path names nothing.
        case notFound = "not-found"
        /// No allocation has that id (any more).
        case noSuchAllocation = "no-such-allocation"
        /// No call has that id, or nobody remembers it any more.
        case noSuchCall = "no-such-call"
        /// No session has that id (any more).
        case noSuchSession = "no-such-session"
        /// No report has that id, or it was forgotten for newer ones.
        case noSuchReport = "no-such-report"
        /// The path exists, the method does not apply to it.
        case methodNotAllowed = "method-not-allowed"
        /// A parameter is missing, unknown or out of range.
        case badParameter = "bad-parameter"
        /// The HTTP itself was refused before it named a request.
        case badRequest = "bad-request"
        /// This process may not use the socket; over HTTP: it is not HTTPS.
        case forbidden
        /// Over HTTPS: the admin token is missing or another.
        case unauthorized
        /// Over HTTPS: too many wrong tokens; `Retry-After` says when to come again.
        case tooManyAttempts = "too-many-attempts"
        /// The daemon's configuration does not allow it, such as a credential without a secret.
        case notConfigured = "not-configured"
        /// Overloaded, starting or stopping: try again.
        case unavailable
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
