import Configuration
import Crypto
import Primitives
import Signaling

/// The keys of tokens by OpenSSL, in the order of the configuration.
struct TokenSignatures: SignatureVerifier {
    private let keys: [SignatureKey]
    /// What a `TokenJudge` knows of them, in the same order.
    let names: [TokenKey]

    /// Keys whose files have been read and tried; see `TokenKeyFile`.
    init(_ configured: [ServerConfiguration.TokenKey]) {
        var keys: [SignatureKey] = []
        var names: [TokenKey] = []
        for key in configured {
            // One that cannot be used has stopped the start or the reload already.
            guard let usable = try? SignatureKey(key) else { continue }
            keys.append(usable)
            names.append(TokenKey(name: key.name, algorithm: TokenAlgorithm(key.algorithm)))
        }
        self.keys = keys
        self.names = names
    }

    func isValid(_ signature: [UInt8], over text: [UInt8], key: Int) -> Bool {
        keys.indices.contains(key) && keys[key].isValid(signature, over: text)
    }
}

extension TokenJudge {
    /// Judges by what the configuration says of tokens.
    init(_ tokens: ServerConfiguration.Tokens, skewSeconds: UInt64) {
        let signatures = TokenSignatures(tokens.keys)
        let rules = Rules(
            keys: signatures.names, issuers: Set(tokens.issuers),
            audiences: Set(tokens.audiences), skewSeconds: skewSeconds,
            lifetimeMaxSeconds: UInt64(tokens.lifetimeMax.count))
        self.init(rules, signatures: signatures)
    }
}

extension TokenAlgorithm {
    fileprivate init(_ algorithm: ServerConfiguration.TokenKeyAlgorithm) {
        self =
            switch algorithm {
            case .hs256: .hs256
            case .edDSA: .edDSA
            case .es256: .es256
            case .rs256: .rs256
            }
    }
}
