import STUN

/// A key of the long-term mechanism, ready to verify requests and to sign responses.
struct SigningKey {
    var hmac: HMACKey
    /// How the key itself was made from the password (RFC 8489 §9.2.4).
    var passwordAlgorithm: PasswordAlgorithm

    init(hmac: HMACKey, passwordAlgorithm: PasswordAlgorithm) {
        self.hmac = hmac
        self.passwordAlgorithm = passwordAlgorithm
    }

    /// A placeholder in vacant records, which nothing is ever checked against.
    init() {
        let zeros = InlineArray<8, UInt32>(repeating: 0)
        hmac = HMACKey(algorithm: .sha1, inner: zeros, outer: zeros)
        passwordAlgorithm = .md5
    }
}
