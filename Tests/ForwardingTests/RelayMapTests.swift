import Primitives
import Testing

@testable import Forwarding

@Suite struct RelayMapTests {
    private static let local = IPAddress(192, 0, 2, 1)
    private static let outside = IPAddress(203, 0, 113, 9)

    private static func endpoint(_ ip: IPAddress, _ port: UInt16 = 50_000) -> Endpoint {
        Endpoint(TransportAddress(ip, port))
    }

    @Test("What is added while it is in use is found, and what was there stays")
    func grows() {
        let map = RelayMap(addresses: [(local: Self.local, advertised: Self.local)])
        let view = map.view
        view.publish(Self.endpoint(Self.local), of: 3)
        view.publish(Self.endpoint(Self.outside), of: 4)
        #expect(view.owner(Self.endpoint(Self.outside)) == nil)
        #expect(map.add([(local: Self.local, advertised: Self.outside)]))
        view.publish(Self.endpoint(Self.outside), of: 4)
        #expect(view.owner(Self.endpoint(Self.local)) == 3)
        #expect(view.owner(Self.endpoint(Self.outside)) == 4)
        #expect(view.owner(Self.endpoint(Self.outside, 50_001)) == nil)
        view.withdraw(Self.endpoint(Self.local), of: 3)
        #expect(view.owner(Self.endpoint(Self.local)) == nil)
        #expect(view.owner(Self.endpoint(Self.outside)) == 4)
    }

    @Test("Who ends takes no other's name away: two may have had the same one for a while")
    func theNewerOneKeepsTheName() {
        let map = RelayMap(addresses: [(local: Self.local, advertised: Self.outside)])
        map.view.publish(Self.endpoint(Self.outside), of: 0)
        map.view.publish(Self.endpoint(Self.outside), of: 1)
        map.view.withdraw(Self.endpoint(Self.outside), of: 0)
        #expect(map.view.owner(Self.endpoint(Self.outside)) == 1)
        map.view.withdraw(Self.endpoint(Self.outside), of: 1)
        #expect(map.view.owner(Self.endpoint(Self.outside)) == nil)
    }

    @Test("An address is in use as long as one of its ports is")
    func use() {
        let map = RelayMap(addresses: [(local: Self.local, advertised: Self.outside)])
        #expect(!map.isInUse(Self.local) && !map.isInUse(IPAddress(192, 0, 2, 2)))
        map.view.publish(Self.endpoint(Self.outside, 65_535), of: 0)
        #expect(map.isInUse(Self.outside) && !map.isInUse(Self.local))
        map.view.withdraw(Self.endpoint(Self.outside, 65_535), of: 0)
        #expect(!map.isInUse(Self.outside))
    }

    @Test("A full map takes what it knows, and nothing else")
    func isBounded() {
        let all = (0..<UInt64(RelayMap.addressesMax)).map { number in
            let ip = IPAddress(v6High: 0x2001_0db8_0000_0000, low: number)
            return (local: ip, advertised: ip)
        }
        let map = RelayMap(addresses: Array(all.dropLast()))
        #expect(map.hasRoom(for: [all[0], all[RelayMap.addressesMax - 1]]))
        #expect(!map.add([all[RelayMap.addressesMax - 1], (Self.local, Self.local)]))
        #expect(map.view.row(Self.local.high, Self.local.low, family: 4) == nil)
        #expect(map.add([all[RelayMap.addressesMax - 1]]))
        #expect(!map.hasRoom(for: [(Self.local, Self.local)]))
        #expect(map.add([all[3]]))
    }
}
