/// What somebody would like to know of a credential.
package struct CredentialQuestion: Hashable, Sendable {
    package var username: String
    /// What the client uses; nil: whatever the server would want.
    package var password: String?
    /// The realm the client uses; nil: the server's.
    package var realm: String?

    package init(username: String, password: String? = nil, realm: String? = nil) {
        self.username = username
        self.password = password
        self.realm = realm
    }
}

/// What a credential is, and why an Allocate with it would fail.
///
/// Names passwords of time-limited names: whoever may ask could issue them as well.
package struct CredentialExplanation: Codable, Hashable, Sendable {
    package var username: String
    /// What quotas and bans go by.
    package var account: String
    /// `static`: a `user=` line; `time-limited`: a secret stands behind it; `unknown`.
    package var kind: String
    /// Whether an Allocate with it would be granted now.
    package var accepted: Bool
    /// The error that the client would be sent: 401, 486 or 508; nil when accepted.
    package var code: UInt16?
    /// Why it fails, each reason in a sentence; empty when accepted.
    package var causes: [String]
    /// What is worth knowing besides.
    package var notes: [String]
    /// The realm that the client must use.
    package var realm: String
    /// The secret that the password fits, from 1 in the order of the file.
    package var secret: Int?
    /// Until it may start no more allocations; negative behind it; nil without an expiry.
    package var expiresInSeconds: Int64?
    /// What a client should send, one for each secret; only for time-limited names.
    package var passwords: [String]
    package var allocations: Int
    /// How many allocations the account may have; nil: any number.
    package var quota: Int?
    /// For how long the account is shut out; nil: it is not.
    package var bannedSeconds: UInt64?

    package init(
        username: String, account: String, kind: String, realm: String, allocations: Int = 0,
        quota: Int? = nil
    ) {
        self.username = username
        self.account = account
        self.kind = kind
        self.realm = realm
        self.allocations = allocations
        self.quota = quota
        accepted = true
        causes = []
        notes = []
        passwords = []
    }

    /// One more reason; the code of the first counts, as the server's own order has it.
    package mutating func refuse(_ code: UInt16, _ cause: String) {
        accepted = false
        self.code = self.code ?? code
        causes.append(cause)
    }
}

/// What a revocation did.
package struct RevokeReply: Codable, Hashable, Sendable {
    package var account: String
    /// How long the account gets no allocation: until its credential would have expired.
    package var seconds: UInt64
    /// Allocations that ended at once.
    package var killed: Int

    package init(account: String, seconds: UInt64, killed: Int) {
        self.account = account
        self.seconds = seconds
        self.killed = killed
    }
}
