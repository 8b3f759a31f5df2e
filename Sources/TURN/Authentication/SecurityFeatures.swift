/// What the server offers beyond RFC 5389, as the nonce announces it (RFC 8489 §9.2, §18.1).
///
/// Bits count from the most significant of 24.
package struct SecurityFeatures: OptionSet, Sendable, Hashable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue & 0xff_ffff }

    /// Bit 0: PASSWORD-ALGORITHMS is offered and must be answered.
    package static let passwordAlgorithms = SecurityFeatures(rawValue: 1 << 23)
    /// Bit 1: USERHASH is understood.
    package static let usernameAnonymity = SecurityFeatures(rawValue: 1 << 22)
}
