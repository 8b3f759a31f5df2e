package import Primitives
package import STUN

/// What an echoed nonce is worth.
package enum NonceVerdict: Sendable, Hashable {
    /// Ours and fresh. The features are those that were offered with it, whatever the
    /// configuration says by now (design ruling on nonce and features).
    case valid(SecurityFeatures)
    /// Ours, issued to this very 5-tuple, but too old by now, in seconds: 438 (RFC 8489 §9.2.4).
    case stale(SecurityFeatures, age: UInt32)
    /// Not ours, or issued to another address, or too old to tell: 438 as well.
    case foreign
}

/// Makes nonces and knows them again, without memory of any of them.
///
/// A nonce is the cookie `obMatJos2`, the feature bits, the second of issue, and an HMAC-SHA256
/// over all that and the client's 5-tuple. Keys are derived per epoch from a master key; those
/// of the current and the previous epoch count.
package struct NonceIssuer: Sendable {
    /// The size of every nonce in bytes: 13 of cookie (RFC 8489 §9.2), 23 of base64. A multiple
    /// of four, since an attribute is padded to that.
    package static let length = 36

    /// Zero: nonces do not expire (`stale-nonce=0`).
    package let lifetime: Seconds
    private let hash: any MessageHash
    private let master: HMACKey
    private let epochSeconds: UInt32
    private var current: (epoch: UInt32, key: HMACKey)
    private var previous: HMACKey

    /// `obMatJos2` (RFC 8489 §9.2).
    private static let cookie: [9 of UInt8] = [
        0x6f, 0x62, 0x4d, 0x61, 0x74, 0x4a, 0x6f, 0x73, 0x32,
    ]
    /// 104 bits of HMAC: beyond guessing over the network, and 17 bytes with the time.
    private static let tagLength = 13
    /// Epochs last as long as nonces do, but not less than ten minutes.
    private static let epochSecondsMin: UInt32 = 600

    /// `masterKey` holds at least 32 bytes from the kernel's generator; all workers share it.
    package init(masterKey: Span<UInt8>, lifetime: Seconds, hash: any MessageHash) {
        precondition(masterKey.count >= 32, "a nonce master key has 32 bytes or more")
        self.lifetime = lifetime
        self.hash = hash
        master = hash.hmacKey(.sha256, masterKey)
        epochSeconds = lifetime.count == 0 ? .max : max(lifetime.count, Self.epochSecondsMin)
        current = (0, Self.epochKey(0, master, hash))
        previous = current.key
    }

    /// Writes a nonce of `length` bytes at the start of `space`. No heap allocation.
    package mutating func issue(
        _ features: SecurityFeatures, to client: FiveTuple, at now: MonotonicTime,
        into space: inout MutableSpan<UInt8>
    ) {
        let second = Self.seconds(now)
        turnEpoch(second)
        write(features, second, client, current.key, into: &space)
    }

    /// Judges a nonce that came back from `client`.
    package mutating func judge(
        _ nonce: Span<UInt8>, from client: FiveTuple, at now: MonotonicTime
    ) -> NonceVerdict {
        guard nonce.count == Self.length, let features = Base64.decode24(nonce, at: 9),
            let high = Base64.decode24(nonce, at: 13), let low = Base64.decode24(nonce, at: 17)
        else { return .foreign }
        let issued = high << 8 | low >> 16
        let second = Self.seconds(now)
        turnEpoch(second)
        // Another worker's clock reading may be a moment ahead of ours.
        guard issued <= second &+ 1, let key = key(of: issued / epochSeconds) else {
            return .foreign
        }
        var expected = InlineArray<36, UInt8>(repeating: 0)
        var space = expected.mutableSpan
        let offered = SecurityFeatures(rawValue: features)
        write(offered, issued, client, key, into: &space)
        guard hash.equal(expected.span, nonce) else { return .foreign }
        let age = second > issued ? second - issued : 0
        let isStale = lifetime.count > 0 && age > lifetime.count
        return isStale ? .stale(offered, age: age) : .valid(offered)
    }

    private func write(
        _ features: SecurityFeatures, _ second: UInt32, _ client: FiveTuple, _ key: HMACKey,
        into space: inout MutableSpan<UInt8>
    ) {
        var text = Bytes()
        text.append(features.rawValue, bytes: 3)
        text.append(second, bytes: 4)
        text.append(UInt32(client.client.ip.family.rawValue), bytes: 1)
        text.append(UInt32(truncatingIfNeeded: client.client.ip.high >> 32), bytes: 4)
        text.append(UInt32(truncatingIfNeeded: client.client.ip.high), bytes: 4)
        text.append(UInt32(truncatingIfNeeded: client.client.ip.low >> 32), bytes: 4)
        text.append(UInt32(truncatingIfNeeded: client.client.ip.low), bytes: 4)
        text.append(UInt32(client.client.port), bytes: 2)
        text.append(UInt32(client.listener.index), bytes: 2)
        var tag = InlineArray<32, UInt8>(repeating: 0)
        var tagSpace = tag.mutableSpan
        let all = text.storage.span
        hash.hmac(key, all.extracting(0..<0), all.extracting(0..<text.count), into: &tagSpace)

        for index in Self.cookie.indices { space[index] = Self.cookie[index] }
        Base64.encode24(features.rawValue, into: &space, at: 9)
        // Time and tag are 17 bytes: five full groups and two bytes, 23 characters.
        var body = Bytes()
        body.append(second, bytes: 4)
        for index in 0..<Self.tagLength { body.append(UInt32(tag[index]), bytes: 1) }
        for group in 0..<6 {
            let value =
                UInt32(body.storage[3 * group]) << 16 | UInt32(body.storage[3 * group + 1]) << 8
                | UInt32(body.storage[3 * group + 2])
            Base64.encode24(value, into: &space, at: 13 + 4 * group, count: group < 5 ? 4 : 3)
        }
    }

    private func key(of epoch: UInt32) -> HMACKey? {
        if epoch == current.epoch { return current.key }
        return epoch &+ 1 == current.epoch ? previous : nil
    }

    private mutating func turnEpoch(_ second: UInt32) {
        let epoch = second / epochSeconds
        guard epoch != current.epoch else { return }
        previous =
            epoch == current.epoch &+ 1
            ? current.key : Self.epochKey(epoch &- 1, master, hash)
        current = (epoch, Self.epochKey(epoch, master, hash))
    }

    private static func epochKey(
        _ epoch: UInt32, _ master: HMACKey, _ hash: any MessageHash
    ) -> HMACKey {
        var text = Bytes()
        text.append(epoch, bytes: 4)
        var derived = InlineArray<32, UInt8>(repeating: 0)
        var space = derived.mutableSpan
        let all = text.storage.span
        hash.hmac(master, all.extracting(0..<0), all.extracting(0..<text.count), into: &space)
        return hash.hmacKey(.sha256, derived.span)
    }

    private static func seconds(_ now: MonotonicTime) -> UInt32 {
        UInt32(truncatingIfNeeded: now.nanoseconds / 1_000_000_000)
    }
}

/// Up to 32 bytes built without the heap.
private struct Bytes {
    var storage = InlineArray<32, UInt8>(repeating: 0)
    var count = 0

    /// Appends the lowest `bytes` bytes of `value`, most significant first.
    mutating func append(_ value: UInt32, bytes: Int) {
        for position in 1...bytes {
            storage[count] = UInt8(truncatingIfNeeded: value >> UInt32(8 * (bytes - position)))
            count += 1
        }
    }
}
