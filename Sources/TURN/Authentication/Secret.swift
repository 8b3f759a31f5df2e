package import STUN

/// Bytes that must not be seen: descriptions, dumps and mirrors show only that they exist.
package struct Secret: Sendable {
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package init(_ text: String) { bytes = Array(text.utf8) }

    package var isEmpty: Bool { bytes.isEmpty }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<secret>" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The key of the long-term mechanism (RFC 8489 §9.2.2): what an allocation keeps of its
/// credential. As secret as a password.
package struct CredentialKey: Sendable {
    package let algorithm: PasswordAlgorithm
    private let bytes: InlineArray<32, UInt8>

    /// Takes exactly the key size of `algorithm`: 16 bytes of MD5, 32 of SHA-256.
    package init?(_ algorithm: PasswordAlgorithm, _ key: [UInt8]) {
        guard key.count == algorithm.keyLength else { return nil }
        self.algorithm = algorithm
        bytes = InlineArray { $0 < key.count ? key[$0] : 0 }
    }

    /// Takes the same time wherever two keys differ.
    package func isSame(as other: CredentialKey) -> Bool {
        var difference: UInt8 = algorithm == other.algorithm ? 0 : 1
        for index in 0..<32 { difference |= bytes[index] ^ other.bytes[index] }
        return difference == 0
    }

    /// The key prepared for one of the two integrity attributes.
    package func hmacKey(_ integrity: IntegrityAlgorithm, _ hash: any MessageHash) -> HMACKey {
        hash.hmacKey(integrity, bytes.span.extracting(0..<algorithm.keyLength))
    }
}

extension CredentialKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<key>" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
