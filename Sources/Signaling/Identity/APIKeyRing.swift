/// The keys with which other servers speak to this one, kept as digests.
package struct APIKeyRing: Sendable {
    private struct Key: Sendable {
        let name: String
        let digest: [UInt8]
    }

    private var keys: [Key] = []

    package init() {}

    package var isEmpty: Bool { keys.isEmpty }

    /// `name` stands in logs in the place of the key.
    package mutating func add(_ name: String, key: String, signer: any SecretSigner) {
        keys.append(Key(name: name, digest: signer.digest(Array(key.utf8))))
    }

    /// The name of the key that was presented. Every key is compared, in constant time.
    package func name(of presented: String, signer: any SecretSigner) -> String? {
        let digest = signer.digest(Array(presented.utf8))
        var found: String?
        for key in keys where SecretComparison.areEqual(key.digest, digest) { found = key.name }
        return found
    }
}
