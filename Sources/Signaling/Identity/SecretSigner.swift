/// The two one-way functions that sessions and seats need; the keys stay outside of this room.
package protocol SecretSigner: Sendable {
    /// SHA-256: what is kept of a secret that only its owner needs to know.
    func digest(_ bytes: [UInt8]) -> [UInt8]
    /// HMAC-SHA-256 with the daemon's own key, which outlives a restart in its state directory.
    func sign(_ bytes: [UInt8]) -> [UInt8]
}

/// Comparison in a time that tells nothing about where two secrets differ.
package enum SecretComparison {
    package static func areEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        guard one.count == other.count else { return false }
        var difference: UInt8 = 0
        for index in one.indices { difference |= one[index] ^ other[index] }
        return difference == 0
    }
}
