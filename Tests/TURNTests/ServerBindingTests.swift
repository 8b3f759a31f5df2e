import Crypto
import Primitives
import STUN
import Testing

@testable import TURN

@Suite struct ServerBindingTests {
    @Test(arguments: [
        IPAddress(203, 0, 113, 7), IPAddress(v6High: 0x2001_0db8_0000_0007, low: 9),
    ])
    func answersWithTheAddressItSaw(_ ip: IPAddress) {
        let client = TestClient(Fixture(), ip: ip)
        let answers = client.fixture.send(client.message(.binding, []), from: client.tuple)
        #expect(answers.count == 1)
        #expect(answers[0].messageClass == .success)
        #expect(answers[0].mapped == client.tuple.client)
        #expect(!answers[0].has(.software))
    }

    @Test func answersClientsOfRFC3489InTheirForm() {
        let client = TestClient(Fixture())
        let classic = TransactionID(0x0102_0304_0506_0708_090A_0B0C_0D0E_0F10)
        let request = client.message(
            .binding, [.word(.changeRequest, 0)], transaction: classic)
        let answers = client.fixture.send(request, from: client.tuple)
        #expect(answers.count == 1)
        #expect(answers[0].transaction == classic)
        #expect(answers[0].has(.mappedAddress))
        #expect(!answers[0].has(.xorMappedAddress))
    }

    @Test("log-binding: ten events a second, and how many were none; without it none at all")
    func tells() {
        let silent = Fixture()
        _ = silent.send(TestClient(silent).message(.binding, []), from: TestClient(silent).tuple)
        #expect(Self.told(silent).isEmpty)
        var settings = Fixture.settings()
        settings.tellsBindings = true
        let client = TestClient(Fixture(settings))
        for _ in 0..<25 {
            _ = client.fixture.send(client.message(.binding, []), from: client.tuple)
        }
        #expect(Self.told(client.fixture) == [UInt64](repeating: 0, count: 10))
        client.fixture.advance(1)
        _ = client.fixture.send(client.message(.binding, []), from: client.tuple)
        #expect(Self.told(client.fixture).last == 15)
    }

    /// What each event about a Binding request says of those before it.
    private static func told(_ fixture: Fixture) -> [UInt64] {
        fixture.actions.compactMap { action in
            guard case .event(.binding(_, let untold)) = action else { return nil }
            return untold
        }
    }

    /// RFC 3489 knew UDP only (RFC 8489 §11: 500 over DTLS); a stream without cookies is closed.
    @Test func classicClientsAreServedOverUDPOnly() {
        let fixture = Fixture()
        for (transport, codes) in [
            (ServerSettings.Transport.dtls, [500]), (.tcp, []), (.tls, []),
        ] as [(ServerSettings.Transport, [UInt16?])] {
            let client = TestClient(fixture, transport: transport)
            let request = client.message(.binding, [], transaction: TransactionID(7))
            #expect(fixture.send(request, from: client.tuple).map(\.code) == codes)
        }
    }

    /// Who has a stream or a DTLS session has proven its address.
    @Test(arguments: [ServerSettings.Transport.tcp, .tls, .dtls])
    func provenAddressesAreOutsideTheBudget(transport: ServerSettings.Transport) {
        var settings = Fixture.settings()
        settings.limits.unauthenticatedFloorBitsPerSecond = 0
        settings.limits.unauthenticatedFactor = 1
        let client = TestClient(Fixture(settings), transport: transport)
        for _ in 0..<50 {
            let request = client.message(.allocate, [.udp])
            #expect(client.fixture.send(request, from: client.tuple).map(\.code) == [401])
        }
        #expect(client.fixture.server.counters.droppedBudget == 0)
    }

    /// RFC 8656 §5: TURN has no mode for clients without the cookie.
    @Test func doesNotServeAllocateWithoutCookie() {
        let client = TestClient(Fixture())
        let request = client.message(.allocate, [.udp], transaction: TransactionID(5))
        #expect(client.fixture.send(request, from: client.tuple).isEmpty)
    }

    /// RFC 8489 §6.3.1: all unknown required attributes, none of the optional ones.
    @Test func listsEveryUnknownRequiredAttribute() {
        let client = TestClient(Fixture())
        let request = client.message(
            .binding,
            [
                RawAttribute(AttributeType(rawValue: 0x7777), [1]),
                RawAttribute(AttributeType(rawValue: 0x0026), []),
                RawAttribute(AttributeType(rawValue: 0x9999), [1, 2]),
            ])
        let answer = client.fixture.send(request, from: client.tuple)[0]
        #expect(answer.code == 420)
        #expect(Set(answer.unknown) == [0x7777, 0x0026])
        #expect(client.fixture.server.counters.error420 == 1)
    }

    /// RFC 8489 §6.3: known attributes that mean nothing here are ignored.
    @Test func ignoresKnownAttributesThatAreOutOfPlace() {
        let client = TestClient(Fixture())
        let request = client.message(.binding, [.lifetime(5), .channel(0x4000)])
        #expect(client.fixture.send(request, from: client.tuple)[0].messageClass == .success)
    }

    @Test(arguments: [
        MessageClass.indication, .success, .error,
    ])
    func neverAnswersAnythingButRequests(_ messageClass: MessageClass) {
        let client = TestClient(Fixture())
        for method in MessageMethod.allCases {
            let message = client.message(method, [], messageClass: messageClass)
            #expect(client.fixture.send(message, from: client.tuple).isEmpty)
        }
    }

    /// RFC 8489 §6.3: dropped without an answer.
    @Test(arguments: [
        Damage.shortHeader, .unalignedLength, .wrongLength, .overrun, .unknownMethod, .topBits,
        .wrongFingerprint, .empty,
    ])
    func dropsDamage(_ damage: Damage) {
        let client = TestClient(Fixture())
        let good = client.message(.binding, [.text(.software, "test")])
        #expect(client.fixture.send(damage.applied(to: good), from: client.tuple).isEmpty)
        let counters = client.fixture.server.counters
        #expect(
            counters.droppedMalformed + counters.droppedUnexpected + counters.droppedFingerprint
                == 1)
    }

    enum Damage {
        case shortHeader, unalignedLength, wrongLength, overrun, unknownMethod, topBits
        case wrongFingerprint, empty

        func applied(to good: [UInt8]) -> [UInt8] {
            var bytes = good
            switch self {
            case .empty: return []
            case .shortHeader: return Array(bytes[..<19])
            case .unalignedLength:
                bytes[3] += 1
                bytes.append(0)
            case .wrongLength: bytes[3] += 4
            case .overrun: bytes[23] = 200
            case .unknownMethod: bytes[1] = 0x2F
            case .topBits: bytes[0] |= 0x80
            case .wrongFingerprint:
                bytes += [0x80, 0x28, 0, 4, 1, 2, 3, 4]
                bytes[3] += 8
            }
            return bytes
        }
    }

    @Test func secureStunAsksForCredentialsAndSignsTheAnswer() {
        var settings = Fixture.settings()
        settings.features.secureBinding = true
        let client = TestClient(Fixture(settings))
        let refused = client.fixture.send(client.message(.binding, []), from: client.tuple)[0]
        #expect(refused.code == 401)
        let answer = client.request(.binding, [])
        #expect(answer.mapped == client.tuple.client)
        #expect(answer.isSigned(by: client.key))
    }

    @Test func noStunAndStunOnlySilenceOneHalfEach() {
        var settings = Fixture.settings()
        settings.features.binding = false
        let relayOnly = TestClient(Fixture(settings))
        #expect(
            relayOnly.fixture.send(relayOnly.message(.binding, []), from: relayOnly.tuple).isEmpty)
        #expect(relayOnly.allocate().messageClass == .success)

        settings = Fixture.settings()
        settings.features.stunOnly = true
        let stunOnly = TestClient(Fixture(settings))
        let fixture = stunOnly.fixture
        #expect(fixture.send(stunOnly.message(.allocate, [.udp]), from: stunOnly.tuple).isEmpty)
        #expect(fixture.send(stunOnly.message(.binding, []), from: stunOnly.tuple).count == 1)
    }

    @Test func fingerprintIsMirroredOrAlwaysSent() {
        let client = TestClient(Fixture())
        #expect(
            !client.fixture.send(client.message(.binding, []), from: client.tuple)[0].has(
                .fingerprint))
        var settings = Fixture.settings()
        settings.fingerprint = true
        let other = TestClient(Fixture(settings))
        #expect(
            other.fixture.send(other.message(.binding, []), from: other.tuple)[0].has(.fingerprint))
    }

    /// RFC 8656 §21.1.7: requests that come out of our own relays would loop.
    @Test func dropsWhatComesFromAnOwnRelay() {
        let client = TestClient(Fixture())
        let relayed = client.allocate().relayed!
        let loop = TestClient(client.fixture, port: relayed.port, ip: relayed.ip)
        #expect(client.fixture.send(loop.message(.binding, []), from: loop.tuple).isEmpty)
        #expect(client.fixture.server.counters.droppedLoop == 1)
        let free = TestClient(client.fixture, port: 1024, ip: relayed.ip)
        #expect(client.fixture.send(free.message(.binding, []), from: free.tuple).count == 1)
    }

    @Test func answersForNothingAreBounded() {
        var settings = Fixture.settings()
        settings.limits.unauthenticatedFloorBitsPerSecond = 8_000
        settings.limits.unauthenticatedFactor = 0
        let client = TestClient(Fixture(settings))
        var answered = 0
        for _ in 0..<200 {
            answered += client.fixture.send(client.message(.binding, []), from: client.tuple).count
        }
        #expect((1...20).contains(answered))
        #expect(client.fixture.server.counters.droppedBudget == UInt64(200 - answered))
    }
}
