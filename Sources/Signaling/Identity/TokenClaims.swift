/// Whom somebody may reach: named users, or everybody.
package enum Reach: Hashable, Sendable, Codable {
    case everybody
    case users(Set<UserID>)

    package static let nobody = Reach.users([])

    package func includes(_ user: UserID) -> Bool {
        switch self {
        case .everybody: true
        case .users(let users): users.contains(user)
        }
    }
}

/// What a token allows its bearer.
package enum TokenScope: String, Hashable, Sendable, CaseIterable, Codable {
    case call
    case host
    /// Sees the calls of all in lists; never an administrator of the daemon (ruling 14).
    case admin
}

/// What a verified token says about its bearer.
package struct TokenClaims: Hashable, Sendable, Codable {
    package var user: UserID
    /// Unix seconds.
    package var expiresAt: UInt64
    /// Nil allows every device.
    package var device: DeviceID?
    package var name: String?
    package var scopes: Set<TokenScope>
    /// A guest's allow-list; nil allows every call.
    package var calls: Set<CallID>?
    /// Whom `to` may name (ruling 15); nil leaves it to the directory setting.
    package var mayCall: Reach?
    package var mayWatch: Reach?
    /// The other side of each two-person chat, for clients that only know the chat (S4-1).
    package var chats: [String: UserID]

    package init(
        user: UserID, expiresAt: UInt64, device: DeviceID? = nil, name: String? = nil,
        scopes: Set<TokenScope> = [.call, .host], calls: Set<CallID>? = nil,
        mayCall: Reach? = nil, mayWatch: Reach? = nil, chats: [String: UserID] = [:]
    ) {
        self.user = user
        self.expiresAt = expiresAt
        self.device = device
        self.name = name
        self.scopes = scopes
        self.calls = calls
        self.mayCall = mayCall
        self.mayWatch = mayWatch
        self.chats = chats
    }

    /// Whether the bearer may take part in `call` at all.
    package func allows(_ call: CallID) -> Bool { calls?.contains(call) ?? true }
}

/// Why a token is not accepted. Names the rule, never the token.
package enum TokenRefusal: String, Error, Hashable, Sendable, CaseIterable {
    case malformed = "the token is no signed JWT"
    case unknownKey = "no key fits the token's algorithm and key id"
    case badSignature = "the signature does not match"
    case expired = "the token has expired"
    case notYetValid = "the token is not valid yet"
    case lifetimeTooLong = "the token is valid for too long"
    case wrongIssuer = "the token was issued by somebody else"
    case wrongAudience = "the token is meant for somebody else"
    case missingClaim = "sub, aud, iat or exp is missing"
    case badClaim = "a claim has a wrong type or size"
    case blocked = "the user is blocked"

    package var code: ErrorCode { self == .expired ? .tokenExpired : .unauthorized }
}

/// Turns the text of a token into claims, or says why not.
package protocol TokenVerifier: Sendable {
    func claims(of token: String, atUnixSeconds now: UInt64) throws(TokenRefusal) -> TokenClaims
    /// Whether the user is shut out, whatever else vouches for them.
    func isBlocked(_ user: UserID) -> Bool
}

extension TokenVerifier {
    package func isBlocked(_ user: UserID) -> Bool { false }
}
