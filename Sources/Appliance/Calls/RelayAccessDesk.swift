import Crypto
import LinuxIO
import Primitives
import TURN
import WebAPI

/// Issues credentials of this daemon's relay, for the admin socket and for applications alike.
struct RelayAccessDesk: Sendable {
    var credentials: CredentialSettings
    /// What clients can come by.
    var listeners: [ServerSettings.Listener]
    var relays: [ServerSettings.RelayAddress]
    /// Names of the certificate that clients without a name are shown.
    var certificateNames: [String]
    /// `public-name`.
    var publicName: String?
    /// Of all certificates.
    var allCertificateNames: [String] = []
    /// Where relay ports come from.
    var ports: ClosedRange<UInt16>
    /// `credentials-ttl`.
    var lifetime = Seconds(43_200)
    /// Nil where there are no workers that ask it.
    var revocations: RevocationList?

    var uris: [String] {
        ClientURIs(
            listeners: listeners, relays: relays, names: certificateNames, publicName: publicName
        ).list
    }
}

extension RelayAccessDesk: RelayAccessIssuer {
    var facts: RelayFacts {
        RelayFacts(
            addresses: relays.map(\.advertised.description), ports: ports,
            certificateNames: Array(allCertificateNames.prefix(RelayFacts.namesMax)))
    }

    var canIssue: Bool { !credentials.secrets.isEmpty }

    func issue(user: String?, lifetime: Seconds, at now: Now) -> RelayAccess? {
        // The first secret is the newest; the others are good until their credentials expire.
        guard let secret = credentials.secrets.first else { return nil }
        var entropy = Entropy()
        let issued = IssuedCredential(
            user: user, lifetimeSeconds: UInt64(lifetime.count), unixSeconds: now.unixSeconds,
            secret: secret, separator: credentials.separator, entropy: entropy.next(),
            hash: OpenSSLHash())
        return RelayAccess(
            uris: uris, username: issued.username,
            password: String(decoding: issued.password.bytes, as: UTF8.self),
            expiresAt: issued.expires)
    }

    func revoke(username: String, at now: Now) -> Bool {
        guard let revocations,
            let name = TimeLimitedName(username, separator: credentials.separator),
            name.quotaKey != username
        else { return false }
        // Expiry is judged at Allocate only: what an expired name relays is ended all the same.
        let left = max(name.expires, now.unixSeconds) - now.unixSeconds
        let seconds = Seconds(min(max(UInt32(clamping: left), 1), WebSettings.lifetimes.upperBound))
        // Workers look at the list each second, and end what it names.
        revocations.revoke(name.quotaKey, until: now.monotonic + seconds, at: now.monotonic)
        return true
    }
}
