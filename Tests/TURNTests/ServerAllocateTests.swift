import Primitives
import STUN
import Testing

@testable import TURN

@Suite struct ServerAllocateTests {
    private static let tcp = RawAttribute(.requestedTransport, [6, 0, 0, 0])

    /// RFC 8656 §7.2 items 3 to 9: what is inconsistent, and the code that says so.
    @Test(
        arguments: [
            ([], 400),
            ([RawAttribute(.requestedTransport, [17])], 400),
            ([RawAttribute(.requestedTransport, [6, 0, 0, 0])], 400),
            ([RawAttribute(.requestedTransport, [132, 0, 0, 0])], 442),
            ([.udp, .family(3)], 440),
            ([.udp, .family(0)], 440),
            ([.udp, RawAttribute(.requestedAddressFamily, [1])], 400),
            ([.udp, .family(1), .additional(2)], 400),
            ([.udp, .additional(1)], 400),
            ([.udp, .additional(3)], 400),
            ([.udp, .evenPort(reserve: true), .additional(2)], 400),
            ([.udp, .token(5), .evenPort(reserve: false)], 400),
            ([.udp, .token(5), .family(1)], 400),
            ([.udp, .token(5), .additional(2)], 400),
            ([.udp, .token(5)], 508),
            ([.udp, RawAttribute(.reservationToken, [1, 2, 3])], 400),
            ([.udp, RawAttribute(.evenPort, [0, 0, 0, 0])], 400),
            ([.udp, RawAttribute(.lifetime, [1])], 400),
            ([.udp, RawAttribute(.dontFragment, [1, 2, 3, 4])], 400),
        ] as [([RawAttribute], UInt16)])
    func refusesSigned(_ attributes: [RawAttribute], _ code: UInt16) {
        let client = TestClient(Fixture())
        let answer = client.request(.allocate, attributes)
        #expect(answer.code == code)
        #expect(answer.isSigned(by: client.key))
        #expect(client.fixture.server.allocationCount == 0)
        #expect(client.fixture.shared.ports.countInUse == 0)
        #expect(client.fixture.shared.quotas.allocations == 0)
    }

    /// RFC 8656 §7.2: the wish up to the maximum, but never less than the default.
    @Test(
        arguments: [
            (nil, 600), (0, 600), (1, 600), (601, 601), (3600, 3600), (3601, 3600), (.max, 3600),
        ] as [(UInt32?, UInt32)])
    func lifetimeIsBoundedBothWays(_ wish: UInt32?, _ granted: UInt32) {
        let client = TestClient(Fixture())
        #expect(client.allocate(wish.map { [.lifetime($0)] } ?? []).lifetime == granted)
        #expect(
            client.request(.refresh, wish.map { [.lifetime(max($0, 1))] } ?? []).lifetime == granted
        )
    }

    @Test func dontFragmentIsUnknownWhereTheSystemCannot() {
        let yes = TestClient(Fixture())
        #expect(yes.allocate([RawAttribute(.dontFragment, [])]).messageClass == .success)
        var settings = Fixture.settings()
        settings.features.dontFragment = false
        let no = TestClient(Fixture(settings))
        let answer = no.allocate([RawAttribute(.dontFragment, [])])
        #expect(answer.code == 420)
        #expect(answer.unknown == [0x001A])
    }

    /// RFC 8656 §7.2 item 7: IPv4 unless asked, also for clients over IPv6.
    @Test func theFamilyFollowsTheRequestThenTheConfiguration() {
        let ip = IPAddress(v6High: 0x2001_0db8_0000_0009, low: 1)
        #expect(TestClient(Fixture(), ip: ip).allocate().relayed?.ip == Fixture.relayV4)
        #expect(TestClient(Fixture()).allocate([.family(2)]).relayed?.ip == Fixture.relayV6)
        var settings = Fixture.settings()
        settings.defaultFamily = .client
        #expect(TestClient(Fixture(settings), ip: ip).allocate().relayed?.ip == Fixture.relayV6)
        settings.defaultFamily = .ipv6
        #expect(TestClient(Fixture(settings)).allocate().relayed?.ip == Fixture.relayV6)
        settings.defaultFamily = .ipv4
        settings.relayAddresses.removeFirst()
        #expect(TestClient(Fixture(settings)).allocate().code == 440)
    }

    @Test func theAdvertisedAddressIsShownAndTheLocalOneIsBound() {
        var settings = Fixture.settings()
        let local = IPAddress(10, 0, 0, 5)
        settings.relayAddresses = [.init(local: local, advertised: Fixture.relayV4)]
        let client = TestClient(Fixture(settings))
        let relayed = client.allocate().relayed!
        #expect(relayed.ip == Fixture.relayV4)
        #expect(Array(client.fixture.openRelays.values) == [TransportAddress(local, relayed.port)])
    }

    /// RFC 8489 §6.3.1, and the design's ruling: whatever changed since.
    @Test(arguments: [[RawAttribute](), [.evenPort(reserve: true)], [.additional(2)]])
    func aRetransmissionGetsTheSameAnswer(_ attributes: [RawAttribute]) {
        let fixture = Fixture()
        let client = TestClient(fixture)
        client.learnNonce()
        let bytes = client.signed(.allocate, [.udp, .lifetime(1800)] + attributes)
        let first = fixture.send(bytes, from: client.tuple)[0]
        #expect(first.messageClass == .success)
        fixture.advance(900)  // beyond the life of the nonce
        var settings = Fixture.settings(CredentialSettings(realm: "example.org"))
        settings.limits.allocationsPerUser = 1
        fixture.server.apply(settings, at: fixture.now)
        let second = fixture.send(bytes, from: client.tuple)
        #expect(second.count == 1)
        #expect(second[0].bytes == first.bytes)
        #expect(fixture.server.allocationCount == 1)
        #expect(fixture.server.counters.retransmittedAllocates == 1)
    }

    /// RFC 8656 §7.2 item 2, after authentication and signed.
    @Test func aSecondAllocateOnTheTupleIs437() {
        let client = TestClient(Fixture())
        client.allocate()
        #expect(
            client.fixture.send(client.message(.allocate, [.udp]), from: client.tuple)[0].code
                == 401)
        let answer = client.allocate()
        #expect(answer.code == 437)
        #expect(answer.isSigned(by: client.key))
    }

    @Test func switchesRefuse() {
        var settings = Fixture.settings()
        settings.features.udpRelay = false
        #expect(TestClient(Fixture(settings)).allocate().code == 403)
        settings.features.udpRelay = true
        settings.features.accepting = false
        #expect(TestClient(Fixture(settings)).allocate().code == 508)
    }

    @Test func aNewAllocationIsInstalledBeforeTheClientHearsOfIt() {
        let client = TestClient(Fixture())
        client.learnNonce()
        client.fixture.actions = []
        let relayed = client.allocate().relayed!
        let kinds = client.fixture.actions.compactMap { action -> String? in
            switch action {
            case .openRelay: "open"
            case .installAllocation(let installed):
                installed.relayV4?.advertised == relayed && installed.client == client.tuple
                    ? "install" : "wrong"
            case .send: "send"
            default: nil
            }
        }
        #expect(kinds == ["open", "install", "send"])
    }
}
