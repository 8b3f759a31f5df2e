import COpenSSL

/// Why no context could be made from the settings, in words for the person who wrote them.
package enum TLSFailure: Error, Equatable, CustomStringConvertible {
    /// The file holds something between PEM lines that is no certificate.
    case chainUnreadable(file: String, reason: String)
    /// No certificate in the file; `holdsKey` when it holds a private key instead.
    case chainEmpty(file: String, holdsKey: Bool)
    /// No private key in the file.
    case keyMissing(file: String)
    case keyUnreadable(file: String, reason: String)
    /// The key is encrypted; `hadPassword` when the password given does not open it.
    case keyLocked(file: String, hadPassword: Bool)
    /// A kind of key that no cipher suite of ours can sign with.
    case keyUnusable(file: String, kind: String)
    /// The fingerprints are those of the public keys.
    case pairMismatched(
        chain: String, subject: String, chainKey: String, key: String, ownKey: String)
    /// OpenSSL refuses the pair, e.g. for a key that is too short.
    case pairRefused(chain: String, reason: String)
    case ciphersUnusable(list: String)
    /// The system's own list of authorities cannot be used.
    case authoritiesUnusable(reason: String)
    /// A server without any certificate.
    case noCertificate
    case outOfMemory

    package var description: String {
        switch self {
        case .chainUnreadable(let file, let reason):
            "\(file) holds a certificate that cannot be read: \(reason)"
        case .chainEmpty(let file, holdsKey: true):
            "\(file) holds no certificate but a private key: are cert and pkey swapped?"
        case .chainEmpty(let file, holdsKey: false):
            "\(file) holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)"
        case .keyMissing(let file):
            "\(file) holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)"
        case .keyUnreadable(let file, let reason):
            "\(file) holds a private key that cannot be read: \(reason)"
        case .keyLocked(let file, hadPassword: true):
            "the password does not open the private key in \(file)"
        case .keyLocked(let file, hadPassword: false):
            "the private key in \(file) is encrypted, and there is no password (pkey-pwd)"
        case .keyUnusable(let file, let kind):
            "\(file): TLS cannot sign with a key of the kind \(kind); use ECDSA or RSA"
        case .pairMismatched(let chain, let subject, let chainKey, let key, let ownKey):
            "the key in \(key) (public key SHA-256 \(ownKey)) does not match the certificate in "
                + "\(chain) for \(subject) (public key SHA-256 \(chainKey))"
        case .pairRefused(let chain, let reason):
            "OpenSSL does not accept the certificate and key of \(chain): \(reason)"
        case .ciphersUnusable(let list):
            "no cipher suite is left of cipher-list=\(list)"
        case .authoritiesUnusable(let reason):
            "the certificates of the system's authorities cannot be used: \(reason)"
        case .noCertificate: "a TLS server needs a certificate"
        case .outOfMemory: "out of memory"
        }
    }

    /// What OpenSSL said last, which this takes away.
    static func takeReason() -> String {
        ts_tls_take_error().map { String(cString: $0) } ?? "no reason given"
    }
}
