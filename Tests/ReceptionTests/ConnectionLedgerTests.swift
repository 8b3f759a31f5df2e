import Primitives
import Reception
import Testing

@Suite struct ConnectionLedgerTests {
    private static let source = IPAddress(192, 0, 2, 1)

    private static func ledger(
        open: Int = 100, openPerNetwork: Int = 0, halfOpen: Int = 100,
        halfOpenPerNetwork: Int = 0
    ) -> ConnectionLedger {
        var limits = ConnectionLimits()
        limits.open = open
        limits.openPerNetwork = openPerNetwork
        limits.halfOpen = halfOpen
        limits.halfOpenPerNetwork = halfOpenPerNetwork
        return ConnectionLedger(limits)
    }

    @Test func placesAreGivenBack() throws {
        let ledger = Self.ledger(open: 2)
        var places = [try ledger.admit(Self.source), try ledger.admit(Self.source)]
        #expect(throws: ConnectionRefusal.tooMany) { _ = try ledger.admit(Self.source) }
        #expect(ledger.counts.open == 2)
        #expect(ledger.counts.networks == 1)
        places.removeLast()
        #expect(ledger.counts.open == 1)
        places.append(try ledger.admit(Self.source))
        places = []
        #expect(ledger.counts.open == 0)
        #expect(ledger.counts.halfOpen == 0)
        #expect(ledger.counts.networks == 0)
        #expect(ledger.counts.admitted == 3)
        #expect(ledger.counts.refused == [.tooMany: 1])
    }

    @Test func anEstablishedConnectionIsHalfOpenNoLonger() throws {
        let ledger = Self.ledger(halfOpen: 1, halfOpenPerNetwork: 1)
        let place = try ledger.admit(Self.source)
        #expect(throws: ConnectionRefusal.tooManyHalfOpen) { _ = try ledger.admit(Self.source) }
        place.establish()
        place.establish()
        #expect(ledger.counts.halfOpen == 0)
        let other = try ledger.admit(Self.source)
        #expect(ledger.counts.open == 2)
        #expect(ledger.counts.halfOpen == 1)
        withExtendedLifetime((place, other)) {}
    }

    @Test func aNetworkHasItsOwnBounds() throws {
        let ledger = Self.ledger(openPerNetwork: 2, halfOpenPerNetwork: 1)
        let first = try ledger.admit(IPAddress(192, 0, 2, 1))
        #expect(throws: ConnectionRefusal.tooManyHalfOpenOfNetwork) {
            _ = try ledger.admit(IPAddress(192, 0, 2, 254))
        }
        let elsewhere = try ledger.admit(IPAddress(192, 0, 3, 1))
        first.establish()
        let second = try ledger.admit(IPAddress(192, 0, 2, 2))
        second.establish()
        #expect(throws: ConnectionRefusal.tooManyOfNetwork) {
            _ = try ledger.admit(IPAddress(192, 0, 2, 3))
        }
        withExtendedLifetime((first, second, elsewhere)) {}
    }

    @Test func ipv6CountsBySlash64() throws {
        let ledger = Self.ledger(openPerNetwork: 1)
        let place = try ledger.admit(IPAddress(v6High: 0x2001_0DB8_0000_0001, low: 1))
        #expect(throws: ConnectionRefusal.tooManyOfNetwork) {
            _ = try ledger.admit(IPAddress(v6High: 0x2001_0DB8_0000_0001, low: .max))
        }
        let other = try ledger.admit(IPAddress(v6High: 0x2001_0DB8_0000_0002, low: 1))
        withExtendedLifetime((place, other)) {}
    }

    @Test func aProxysClientCountsOnceItIsKnown() throws {
        let ledger = Self.ledger(openPerNetwork: 1)
        let first = try ledger.admit(nil)
        let second = try ledger.admit(nil)
        try first.identify(Self.source)
        #expect(throws: ConnectionRefusal.tooManyOfNetwork) { try second.identify(Self.source) }
        second.establish()
        first.establish()
        #expect(ledger.counts.networks == 1)
        withExtendedLifetime((first, second)) {}
    }

    @Test func lowerLimitsLetOldConnectionsStay() throws {
        let ledger = Self.ledger()
        let places = [try ledger.admit(Self.source), try ledger.admit(Self.source)]
        var limits = ConnectionLimits()
        limits.open = 1
        ledger.apply(limits)
        #expect(ledger.counts.open == 2)
        #expect(throws: ConnectionRefusal.tooMany) { _ = try ledger.admit(Self.source) }
        withExtendedLifetime(places) {}
    }

    @Test func aFloodIsOneLineAMinute() throws {
        let ledger = Self.ledger(open: 1)
        let place = try ledger.admit(Self.source)
        let start = MonotonicTime(nanoseconds: 5)
        #expect(ledger.nextNotice == .never)
        #expect(ledger.takeNotice(at: start) == nil)
        _ = try? ledger.admit(Self.source)
        let first = try #require(ledger.takeNotice(at: start))
        #expect(
            first.description
                == "1 stream connection refused: 1 for too many connections; from 192.0.2.1")
        for _ in 0..<1000 { _ = try? ledger.admit(Self.source) }
        ledger.refuse(.handshake, nil)
        #expect(ledger.takeNotice(at: start + Seconds(59)) == nil)
        #expect(ledger.nextNotice == start + Seconds(60))
        let second = try #require(ledger.takeNotice(at: start + Seconds(60)))
        #expect(
            second.description
                == "1001 stream connections refused: 1000 for too many connections, "
                + "1 for a failed TLS handshake; one from 192.0.2.1")
        #expect(ledger.nextNotice == .never)
        withExtendedLifetime(place) {}
    }
}
