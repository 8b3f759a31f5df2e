import Crypto
import Primitives
import STUN
import Testing

@testable import TURN

@Suite struct NonceIssuerTests {
    private static let client = FiveTuple(
        client: TransportAddress(IPAddress(198, 51, 100, 7), 40_000),
        listener: ListenerID(index: 3))

    private func issuer(lifetime: UInt32 = 600, key: UInt8 = 7) -> NonceIssuer {
        let master = [UInt8](repeating: key, count: 32)
        return NonceIssuer(
            masterKey: master.span, lifetime: Seconds(lifetime), hash: OpenSSLHash())
    }

    private func at(_ seconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: seconds * 1_000_000_000)
    }

    private func issue(
        _ issuer: inout NonceIssuer, _ features: SecurityFeatures = [],
        to client: FiveTuple = client, at seconds: UInt64
    ) -> [UInt8] {
        var nonce = [UInt8](repeating: 0, count: NonceIssuer.length)
        var space = nonce.mutableSpan
        issuer.issue(features, to: client, at: at(seconds), into: &space)
        return nonce
    }

    private func judge(
        _ issuer: inout NonceIssuer, _ nonce: [UInt8], from client: FiveTuple = client,
        at seconds: UInt64
    ) -> NonceVerdict {
        issuer.judge(nonce.span, from: client, at: at(seconds))
    }

    @Test func beginsWithTheCookieAndTheFeatureBits() {
        var issuer = issuer()
        let prefix = { (nonce: [UInt8]) in String(decoding: nonce.prefix(13), as: UTF8.self) }
        #expect(prefix(issue(&issuer, at: 5)) == "obMatJos2AAAA")
        // RFC 8489 §18.1: bits count from the most significant side.
        #expect(prefix(issue(&issuer, .passwordAlgorithms, at: 5)) == "obMatJos2gAAA")
        #expect(prefix(issue(&issuer, .usernameAnonymity, at: 5)) == "obMatJos2QAAA")
        let both: SecurityFeatures = [.passwordAlgorithms, .usernameAnonymity]
        #expect(prefix(issue(&issuer, both, at: 5)) == "obMatJos2wAAA")
        // RFC 8489 §14.10: fewer than 128 characters, each fit for a quoted string.
        #expect(issue(&issuer, at: 5).allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != 0x22 })
    }

    @Test func knowsItsOwnAndTheFeaturesOffered() {
        var issuer = issuer()
        let nonce = issue(&issuer, .passwordAlgorithms, at: 1000)
        #expect(judge(&issuer, nonce, at: 1000) == .valid(.passwordAlgorithms))
        #expect(judge(&issuer, nonce, at: 1600) == .valid(.passwordAlgorithms))
        #expect(judge(&issuer, nonce, at: 1601) == .stale(.passwordAlgorithms, age: 601))
        // Two epochs later the key is gone.
        #expect(judge(&issuer, nonce, at: 2400) == .foreign)
    }

    @Test func belongsToOneFiveTuple() {
        var issuer = issuer()
        let nonce = issue(&issuer, at: 10)
        var others: [FiveTuple] = []
        for ip in ["198.51.100.8", "::198.51.100.7", "::ffff:198.51.100.7", "2001:db8::7"] {
            others.append(
                FiveTuple(
                    client: TransportAddress(IPAddress(ip)!, 40_000),
                    listener: Self.client.listener))
        }
        var port = Self.client
        port.client.port = 40_001
        var listener = Self.client
        listener.listener = ListenerID(index: 2)
        for other in others + [port, listener] {
            #expect(judge(&issuer, nonce, from: other, at: 10) == .foreign)
        }
        #expect(judge(&issuer, nonce, at: 10) == .valid([]))
    }

    @Test func noBitCanBeChanged() {
        var issuer = issuer()
        let nonce = issue(&issuer, .passwordAlgorithms, at: 77)
        for position in nonce.indices {
            for bit in 0..<8 {
                var altered = nonce
                altered[position] ^= 1 << UInt8(bit)
                #expect(judge(&issuer, altered, at: 77) == .foreign, "\(position), \(bit)")
            }
        }
        for length in [0, 1, 12, 13, 35, 37, 128] {
            let other = Array((nonce + nonce + nonce + nonce).prefix(length))
            #expect(judge(&issuer, other, at: 77) == .foreign)
        }
    }

    @Test func anotherMasterKeyIsForeign() {
        var first = issuer(key: 1)
        var second = issuer(key: 2)
        #expect(judge(&second, issue(&first, at: 10), at: 10) == .foreign)
        // Workers share the key: what one issued, another knows.
        var third = issuer(key: 1)
        #expect(judge(&third, issue(&first, at: 10), at: 12) == .valid([]))
    }

    @Test func holdsAcrossTheTurnOfAnEpochAndALeap() {
        var issuer = issuer(lifetime: 100)
        let nonce = issue(&issuer, at: 599)
        #expect(judge(&issuer, nonce, at: 601) == .valid([]))
        #expect(judge(&issuer, nonce, at: 700) == .stale([], age: 101))
        // A worker that slept for long derives both keys anew.
        let late = issue(&issuer, at: 100_199)
        _ = judge(&issuer, late, at: 1_000_000)
        #expect(judge(&issuer, late, at: 100_201) == .valid([]))
    }

    @Test func nothingFromTheFuture() {
        var issuer = issuer()
        let nonce = issue(&issuer, at: 100)
        #expect(judge(&issuer, nonce, at: 99) == .valid([]))
        #expect(judge(&issuer, nonce, at: 98) == .foreign)
    }

    @Test func lifetimeZeroNeverEnds() {
        var issuer = issuer(lifetime: 0)
        let nonce = issue(&issuer, at: 1)
        #expect(judge(&issuer, nonce, at: 50_000_000) == .valid([]))
    }
}
