import Crypto
import Primitives
import STUN
import Signaling
import WebAPI

/// Makes tokens with the newest shared secret of the configuration.
struct TokenMint: Sendable {
    let secret: [UInt8]
    /// `kid`.
    let keyName: String?
    let issuer: String?
    let audience: String

    func token(_ order: TokenOrder, at now: Now) -> MintedToken {
        order.mint(issuer: issuer, audience: audience, keyName: keyName, at: now) {
            SecretDigest(key: secret).sign($0)
        }
    }
}
