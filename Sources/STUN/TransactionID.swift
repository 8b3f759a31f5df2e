/// What tells one transaction of a client from another.
///
/// The value holds the cookie too: the 16 bytes after the length field in one number. That is the
/// 128-bit id of RFC 3489 §11.1 as it stands, and exactly the mask of RFC 8489 §14.2 for IPv6.
package struct TransactionID: Hashable, Sendable {
    package let value: UInt128

    package init(_ value: UInt128) { self.value = value }

    /// The id of a modern message: the 96 lower bits of `random` behind the cookie.
    package init(random: UInt128) {
        value = UInt128(StunFormat.magicCookie) << 96 | random & (UInt128.max >> 32)
    }

    /// Whether the sender speaks RFC 3489, which knows no cookie.
    package var isClassic: Bool { value >> 96 != UInt128(StunFormat.magicCookie) }
}
