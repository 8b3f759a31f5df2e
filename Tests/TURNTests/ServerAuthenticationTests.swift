import Crypto
import Primitives
import STUN
import Testing

@testable import TURN

@Suite struct ServerAuthenticationTests {
    /// RFC 8489 §9.2.4: nothing but what a client needs to come again.
    @Test(arguments: [true, false])
    func theFirstAnswerIsAChallenge(_ sha256: Bool) {
        var settings = Fixture.settings()
        settings.features.sha256 = sha256
        let client = TestClient(Fixture(settings))
        let answer = client.fixture.send(client.message(.allocate, [.udp]), from: client.tuple)[0]
        #expect(answer.code == 401)
        #expect(answer.value(.realm) == Array("example.org".utf8))
        let nonce = String(decoding: answer.value(.nonce)!, as: UTF8.self)
        #expect(nonce.hasPrefix("obMatJos2"))
        #expect(answer.has(.passwordAlgorithms) == sha256)
        for type in [AttributeType.messageIntegrity, .messageIntegritySHA256, .username, .software]
        {
            #expect(!answer.has(type))
        }
        #expect(client.fixture.causes.isEmpty)
    }

    /// The operator hears what the client did wrong; the client hears 401.
    @Test func theMistakeBehindARefusalIsFound() {
        let fixture = Fixture()
        let name = "\(fixture.now.unixSeconds + 100):carol"
        let client = TestClient(fixture, user: name, password: "new secret")
        #expect(client.allocate().code == 401)
        #expect(fixture.causes == [.credentials(.secretAsPassword(secret: 1))])
        client.password = "nonsense"
        #expect(client.allocate().code == 401)
        #expect(fixture.causes.last == .credentials(.fitsNoSecret(tried: 2)))
    }

    @Test func noncesDifferBetweenAddresses() {
        let fixture = Fixture()
        let one = TestClient(fixture, port: 1000)
        let other = TestClient(fixture, port: 1001)
        one.learnNonce()
        other.learnNonce()
        #expect(one.nonce != other.nonce)
        one.nonce = other.nonce
        #expect(one.allocate().code == 438)
        #expect(fixture.causes == [.foreignNonce])
    }

    @Test(arguments: [AttributeType.username, .realm, .nonce])
    func aSignatureWithoutItsAttributesIs400(_ missing: AttributeType) {
        let client = TestClient(Fixture())
        client.learnNonce()
        let proof = client.proof.filter { $0.type != missing }
        let bytes = client.message(.allocate, [.udp] + proof)
        var buffer = bytes + [0, 8, 0, 20] + [UInt8](repeating: 0, count: 20)
        buffer[3] += 24
        let answer = client.fixture.send(buffer, from: client.tuple)[0]
        #expect(answer.code == 400)
        #expect(!answer.has(.nonce))
        #expect(!answer.has(.messageIntegrity))
    }

    @Test(arguments: Scheme.allCases)
    func aWrongPasswordIs401WithNewChallenge(_ scheme: Scheme) {
        let client = TestClient(Fixture(), password: "wrong", scheme: scheme)
        let answer = client.allocate()
        #expect(answer.code == 401)
        #expect(answer.has(.nonce) && answer.has(.realm) && answer.has(.passwordAlgorithms))
        #expect(client.fixture.causes == [.credentials(.wrongPassword)])
    }

    @Test func anUnknownUserAndAForeignRealmAre401() {
        let client = TestClient(Fixture(), user: "mallory")
        #expect(client.allocate().code == 401)
        let other = TestClient(Fixture())
        other.realm = "example.com"
        #expect(other.allocate().code == 401)
        #expect(other.fixture.causes == [.credentials(.otherRealm(secret: nil))])
        other.password = "wrong"
        #expect(other.allocate().code == 401)
        #expect(other.fixture.causes.last == .wrongRealm("example.com"))
    }

    /// RFC 8489 §9.2.4: the signature is checked first, the nonce second.
    @Test func onlyTheRightfulUserLearnsThatTheNonceIsStale() {
        let fixture = Fixture()
        let client = TestClient(fixture)
        client.learnNonce()
        fixture.advance(700)
        let stale = client.request(.allocate, [.udp])
        #expect(stale.code == 438)
        #expect(stale.has(.nonce) && stale.has(.realm) && stale.has(.passwordAlgorithms))
        client.password = "wrong"
        #expect(client.request(.allocate, [.udp]).code == 401)
        client.password = Fixture.password
        client.nonce = stale.value(.nonce)!
        #expect(client.allocate().messageClass == .success)
    }

    /// RFC 8489 §9.2.4: bid-down protection.
    @Test(arguments: BidDown.allCases)
    func anAlteredOfferIs400(_ attack: BidDown) {
        let client = TestClient(Fixture(), scheme: .md5)
        client.learnNonce()
        var proof = client.proof
        switch attack {
        case .listAlone: proof.removeAll { $0.type == .passwordAlgorithm }
        case .choiceAlone: proof.removeAll { $0.type == .passwordAlgorithms }
        case .shortened:
            proof.removeAll { $0.type == .passwordAlgorithms }
            proof.append(RawAttribute(.passwordAlgorithms, [0, 1, 0, 0]))
        case .unlisted:
            proof.removeAll { $0.type == .passwordAlgorithm }
            proof.append(RawAttribute(.passwordAlgorithm, [0, 3, 0, 0]))
        }
        let answer = client.fixture.send(
            sign(.allocate, [.udp] + proof, client.key), from: client.tuple)[0]
        #expect(answer.code == 400)
        #expect(client.fixture.causes == [.passwordAlgorithmsAltered])
    }

    enum BidDown: CaseIterable { case listAlone, choiceAlone, shortened, unlisted }

    @Test func algorithmsThatWereNotOfferedAre400() {
        var settings = Fixture.settings()
        settings.features.sha256 = false
        let client = TestClient(Fixture(settings), scheme: .md5)
        client.learnNonce()
        client.offered = [0, 2, 0, 0, 0, 1, 0, 0]
        #expect(client.request(.allocate, [.udp]).code == 400)
    }

    /// What must be repeated follows from the nonce, not from a configuration changed since.
    @Test func theOfferOfTheNonceCountsAfterAReload() {
        let fixture = Fixture()
        let client = TestClient(fixture, scheme: .sha256)
        client.learnNonce()
        var settings = Fixture.settings()
        settings.features.sha256 = false
        fixture.server.apply(settings, at: fixture.now)
        #expect(client.allocate().messageClass == .success)
    }

    /// RFC 8489 §9.2.4: MESSAGE-INTEGRITY answers who chose nothing, SHA-256 who chose.
    @Test(arguments: Scheme.allCases)
    func answersAreSignedTheWayTheClientAsked(_ scheme: Scheme) {
        let client = TestClient(Fixture(), scheme: scheme)
        for answer in [client.allocate(), client.request(.refresh, [.lifetime(1), .family(9)])] {
            #expect(answer.has(.messageIntegrity) == (scheme == .legacy))
            #expect(answer.has(.messageIntegritySHA256) == (scheme != .legacy))
            #expect(answer.isSigned(by: client.key))
            for type in [AttributeType.nonce, .realm, .username] { #expect(!answer.has(type)) }
        }
    }

    /// RFC 8489 §9.2.4: the SHA-256 signature decides, also about a living allocation.
    @Test(arguments: [true, false])
    func ofTwoSignaturesTheStrongerDecides(_ allocated: Bool) {
        let client = TestClient(Fixture())
        if allocated { client.allocate() } else { client.learnNonce() }
        let bytes = client.signed(
            .refresh, [],
            trailing: [RawAttribute(.messageIntegritySHA256, .init(repeating: 1, count: 32))])
        #expect(client.fixture.send(bytes, from: client.tuple)[0].code == 401)
    }

    /// RFC 8489 §14.5: what stands behind the signature does not exist.
    @Test func attributesBehindTheSignatureAreIgnored() {
        let fixture = Fixture()
        let client = TestClient(fixture)
        client.allocate()
        let bytes = client.signed(
            .refresh, [.lifetime(900)],
            trailing: [.lifetime(0), RawAttribute(AttributeType(rawValue: 0x7777), [])])
        #expect(fixture.send(bytes, from: client.tuple)[0].lifetime == 900)
        #expect(fixture.server.allocationCount == 1)
    }

    @Test func userhashNamesAStaticUser() {
        var credentials = CredentialSettings(realm: "example.org")
        credentials.users = [StaticUser(line: "alice:\(Fixture.password)")!]
        var settings = Fixture.settings(credentials)
        settings.features.userHash = true
        let client = TestClient(Fixture(settings), scheme: .sha256)
        client.learnNonce()
        let digest = LongTermKey.userhash(
            username: Array("alice".utf8).span, realm: Array("example.org".utf8).span,
            hash: OpenSSLHash())
        let proof = client.proof.filter { $0.type != .username } + [RawAttribute(.userhash, digest)]
        for method in [MessageMethod.allocate, .refresh] {
            let bytes = sign(method, [.udp] + proof, client.key)
            let answer = client.fixture.send(bytes, from: client.tuple)[0]
            #expect(answer.messageClass == .success)
            #expect(answer.isSigned(by: client.key))
        }
    }

    @Test(arguments: ["new secret", "old secret"])
    func everySecretCountsForTimeLimitedNames(_ secret: String) {
        let fixture = Fixture()
        let name = "\(fixture.now.unixSeconds + 100):carol"
        let client = TestClient(
            fixture, user: name, password: Self.password(name, secret))
        #expect(client.allocate().messageClass == .success)
    }

    @Test func anExpiredNameGetsNoAllocationButKeepsTheOneItHas() {
        let fixture = Fixture()
        let name = "\(fixture.now.unixSeconds + 100):carol"
        let password = Self.password(name, "new secret")
        let client = TestClient(fixture, user: name, password: password)
        client.allocate()
        fixture.advance(312)
        #expect(client.request(.refresh, []).lifetime == 600)
        #expect(client.permit(IPAddress(9, 9, 9, 9)).messageClass == .success)
        let late = TestClient(fixture, port: 41_000, user: name, password: password)
        #expect(late.allocate().code == 401)
        #expect(fixture.causes == [.credentials(.expired(seconds: 212))])
    }

    /// RFC 8656 §5; another user who does not authenticate now is 401 and learns nothing.
    @Test func anotherUserIs441() {
        let fixture = Fixture()
        TestClient(fixture).allocate()
        let other = TestClient(fixture, user: "bob")
        other.learnNonce()
        for method in [MessageMethod.refresh, .createPermission, .channelBind] {
            let answer = other.request(method, [])
            #expect(answer.code == 441)
            #expect(answer.isSigned(by: other.key))
        }
        #expect(other.allocate().code == 437)
        other.password = "wrong"
        #expect(other.request(.refresh, []).code == 401)
    }

    @Test(arguments: [MessageMethod.refresh, .createPermission, .channelBind])
    func withoutAllocation437ComesSignedAndAfterAuthentication(_ method: MessageMethod) {
        let client = TestClient(Fixture())
        let unsigned = client.fixture.send(client.message(method, []), from: client.tuple)[0]
        #expect(unsigned.code == 401)
        let answer = client.request(method, [])
        #expect(answer.code == 437)
        #expect(answer.isSigned(by: client.key))
    }

    @Test func unknownAttributesAreListedAndSignedAfterAuthentication() {
        let client = TestClient(Fixture())
        let answer = client.allocate([RawAttribute(AttributeType(rawValue: 0x0031), [])])
        #expect(answer.code == 420)
        #expect(answer.unknown == [0x0031])
        #expect(answer.isSigned(by: client.key))
    }

    static func password(_ name: String, _ secret: String) -> String {
        let bytes = TimeLimitedPassword.derive(
            name: name, secret: Secret(secret), hash: OpenSSLHash()
        ).bytes
        return String(decoding: bytes, as: UTF8.self)
    }

    private func sign(
        _ method: MessageMethod, _ attributes: [RawAttribute], _ key: HMACKey
    ) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 4096)
        var writer = MessageWriter(
            MessageType(method, .request), TransactionID(random: UInt128(method.rawValue)),
            into: buffer.mutableSpan)
        for attribute in attributes { writer.append(attribute.type, attribute.value.span) }
        writer.appendIntegrity(key, hash: OpenSSLHash())
        let count = writer.finish()!
        return Array(buffer[..<count])
    }
}
