/// Why a key cannot check signatures, in words for the person who wrote it down. Never holds the
/// key.
package enum SignatureKeyFailure: Error, Equatable, CustomStringConvertible {
    /// A public key where a secret belongs: everybody who has it could sign.
    case publicKeyAsSecret
    case emptySecret
    case privateKey
    case certificate
    case noKey
    case unreadable
    /// `fits` is the algorithm that the key is for, if it is one of ours.
    case otherKind(
        found: String, for: SignatureKey.Algorithm, fits: SignatureKey.Algorithm?)
    case tooSmall(bits: Int)

    package var description: String {
        switch self {
        case .publicKeyAsSecret:
            "this is a key in PEM form; HS256 takes a secret, which nobody else may know"
        case .emptySecret: "the secret is empty"
        case .privateKey:
            "this is a private key, which stays where tokens are signed; the public one comes from"
                + " openssl pkey -in PRIVATE -pubout"
        case .certificate:
            "this is a certificate; its public key comes from openssl x509 -in FILE -noout -pubkey"
        case .noKey: "there is no public key in PEM form (-----BEGIN PUBLIC KEY-----)"
        case .unreadable: "the public key cannot be read, or is not sound"
        case .otherKind(let found, let wanted, let fits?):
            "\(wanted.rawValue) needs \(Self.words(wanted)); this key (\(found)) is for"
                + " \(fits.rawValue)"
        case .otherKind(let found, let wanted, nil):
            "\(wanted.rawValue) needs \(Self.words(wanted)); this key is of the kind \(found)"
        case .tooSmall(let bits):
            "the RSA key has \(bits) bits; \(SignatureKey.rsaBitsMin) are needed (RFC 7518 §3.3)"
        }
    }

    private static func words(_ algorithm: SignatureKey.Algorithm) -> String {
        switch algorithm {
        case .hs256: "a shared secret"
        case .edDSA: "an Ed25519 key"
        case .es256: "a P-256 key"
        case .rs256: "an RSA key"
        }
    }
}
