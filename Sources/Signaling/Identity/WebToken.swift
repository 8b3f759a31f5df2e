package import JSON

/// The algorithms of RFC 7518 §3.1 and RFC 8037 §3.1 that are accepted. `none` is not among them.
package enum TokenAlgorithm: String, Hashable, Sendable, CaseIterable {
    case hs256 = "HS256"
    case edDSA = "EdDSA"
    case es256 = "ES256"
    case rs256 = "RS256"
}

/// A key that tokens may be signed with: exactly one algorithm, so that a public key can never be
/// taken for a shared secret (ruling 14). The material lies with the `SignatureVerifier`.
package struct TokenKey: Hashable, Sendable {
    /// `kid`; nil fits tokens that name no key.
    package var name: String?
    package var algorithm: TokenAlgorithm

    package init(name: String? = nil, algorithm: TokenAlgorithm) {
        self.name = name
        self.algorithm = algorithm
    }
}

/// Checks signatures with the keys of the configuration, in their order there.
package protocol SignatureVerifier: Sendable {
    /// Whether key number `key` made `signature` over `text`. An ES256 signature is the two
    /// numbers side by side (RFC 7518 §3.4), not DER.
    func isValid(_ signature: [UInt8], over text: [UInt8], key: Int) -> Bool
}

/// A JWT in its compact form (RFC 7515 §3.1), taken apart and not yet believed.
package struct WebToken: Sendable {
    package let algorithm: TokenAlgorithm
    package let keyName: String?
    package let payload: JSONObject
    /// What the signature covers.
    package let signed: [UInt8]
    package let signature: [UInt8]

    /// The longest token that is looked at.
    static let bytesMax = 8192

    /// Header fields that name or embed keys (`jku`, `x5u`, `jwk`) are not looked at; `crit` says
    /// that ignoring something would be wrong, and refuses the token (RFC 7515 §4.1.11).
    package init(_ text: String) throws(TokenRefusal) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.bytesMax else { throw .malformed }
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let signature = Base64URL.decode(parts[2]), !signature.isEmpty
        else { throw .malformed }
        let header = try Self.object(parts[0])
        guard header["crit"] == nil, let name = header["alg"]?.string else { throw .malformed }
        guard let algorithm = TokenAlgorithm(rawValue: name) else { throw .unknownKey }
        if let kid = header["kid"] {
            guard let kid = kid.string else { throw .malformed }
            keyName = kid
        } else {
            keyName = nil
        }
        self.algorithm = algorithm
        payload = try Self.object(parts[1])
        signed = Array(bytes[..<(parts[2].startIndex - 1)])
        self.signature = signature
    }

    private static func object(_ part: ArraySlice<UInt8>) throws(TokenRefusal) -> JSONObject {
        guard let bytes = Base64URL.decode(part) else { throw .malformed }
        do {
            guard let object = try JSONValue.parse(bytes.span).object else {
                throw TokenRefusal.malformed
            }
            return object
        } catch {
            throw .malformed
        }
    }
}
