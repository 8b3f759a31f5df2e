import COpenSSL
package import Primitives
import STUN
import Synchronization

/// The secret behind the cookies of DTLS: an address gets the same cookie from every worker.
///
/// Keys change with time; the one before is good too, so a client has at least
/// `keySeconds` to answer.
package final class DTLSCookies: Sendable {
    /// A client answers within a round trip; sixty seconds allow for its slowest retransmission
    /// (RFC 6347 §4.2.4.1).
    package static let keySeconds = Seconds(60)

    private struct Keys {
        var newest: HMACKey
        var older: HMACKey
        var until: MonotonicTime
    }

    private let keys = Mutex<Keys?>(nil)
    private let hash = OpenSSLHash()

    package init() {}

    /// The cookie that a client is given at `now`, then the one it may have been given before.
    func cookies(for client: TransportAddress, at now: MonotonicTime) -> [UInt8]? {
        guard let (newest, older) = keys(at: now) else { return nil }
        let subject = Self.bytes(of: client)
        return cookie(newest, subject) + cookie(older, subject)
    }

    private func cookie(_ key: HMACKey, _ subject: [UInt8]) -> [UInt8] {
        var tag = [UInt8](repeating: 0, count: IntegrityAlgorithm.sha256.tagLength)
        var space = tag.mutableSpan
        let nothing: [UInt8] = []
        hash.hmac(key, subject.span, nothing.span, into: &space)
        return Array(tag.prefix(Int(TS_DTLS_COOKIE_LENGTH)))
    }

    private func keys(at now: MonotonicTime) -> (HMACKey, HMACKey)? {
        keys.withLock { keys in
            if let current = keys, now < current.until { return (current.newest, current.older) }
            guard let fresh = draw(), let other = keys?.newest ?? draw() else { return nil }
            keys = Keys(newest: fresh, older: other, until: now + Self.keySeconds)
            return (fresh, other)
        }
    }

    private func draw() -> HMACKey? {
        var secret = [UInt8](repeating: 0, count: 32)
        guard ts_secret_bytes(&secret, secret.count) else { return nil }
        return hash.hmacKey(.sha256, secret.span)
    }

    /// Family, address and port in network order.
    private static func bytes(of client: TransportAddress) -> [UInt8] {
        var number = client.ip.bits
        var bytes = [UInt8](repeating: 0, count: 19)
        for index in stride(from: 15, through: 0, by: -1) {
            bytes[index] = UInt8(truncatingIfNeeded: number)
            number >>= 8
        }
        bytes[16] = client.ip.family.rawValue
        bytes[17] = UInt8(client.port >> 8)
        bytes[18] = UInt8(client.port & 0xff)
        return bytes
    }
}
