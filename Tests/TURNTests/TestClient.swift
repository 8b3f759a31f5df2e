import Crypto
import Primitives
import STUN

@testable import TURN

/// One attribute as bytes, so that a test can send what no codec would write.
struct RawAttribute {
    var type: AttributeType
    var value: [UInt8]

    init(_ type: AttributeType, _ value: [UInt8]) {
        self.type = type
        self.value = value
    }

    static func word(_ type: AttributeType, _ word: UInt32) -> Self {
        Self(type, (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32($0))) })
    }

    static let udp = Self(.requestedTransport, [17, 0, 0, 0])
    static let tcp = Self(.requestedTransport, [6, 0, 0, 0])
    static func connection(_ number: UInt32) -> Self { word(.connectionID, number) }
    static func lifetime(_ seconds: UInt32) -> Self { word(.lifetime, seconds) }
    static func family(_ number: UInt8) -> Self {
        Self(.requestedAddressFamily, [number, 0, 0, 0])
    }
    static func additional(_ number: UInt8) -> Self {
        Self(.additionalAddressFamily, [number, 0, 0, 0])
    }
    static func evenPort(reserve: Bool) -> Self { Self(.evenPort, [reserve ? 0x80 : 0]) }
    static func token(_ token: UInt64) -> Self {
        Self(
            .reservationToken,
            (0..<8).map { UInt8(truncatingIfNeeded: token >> (56 - 8 * UInt64($0))) })
    }
    static func channel(_ number: UInt16) -> Self { word(.channelNumber, UInt32(number) << 16) }
    static func text(_ type: AttributeType, _ text: String) -> Self { Self(type, Array(text.utf8)) }
}

/// How a client signs its requests.
enum Scheme: CaseIterable {
    /// RFC 5389: MD5 key, MESSAGE-INTEGRITY, no PASSWORD-ALGORITHMS.
    case legacy
    /// RFC 8489 with the MD5 key, MESSAGE-INTEGRITY-SHA256.
    case md5
    /// RFC 8489 with the SHA-256 key.
    case sha256

    var algorithm: PasswordAlgorithm { self == .sha256 ? .sha256 : .md5 }
    var integrity: IntegrityAlgorithm { self == .legacy ? .sha1 : .sha256 }
}

/// A client behind one address that knows how to get in.
final class TestClient {
    let fixture: Fixture
    var tuple: FiveTuple
    var user: String
    var password: String
    var scheme: Scheme
    var realm = "example.org"
    var nonce: [UInt8] = []
    var offered: [UInt8]?
    private var counter: UInt128

    init(
        _ fixture: Fixture, port: UInt16 = 40_000, user: String = "alice",
        password: String = Fixture.password, scheme: Scheme = .legacy,
        ip: IPAddress = IPAddress(203, 0, 113, 7),
        transport: ServerSettings.Transport = .udp
    ) {
        self.fixture = fixture
        tuple = FiveTuple(
            client: TransportAddress(ip, port), listener: Self.listener(transport))
        self.user = user
        self.password = password
        self.scheme = scheme
        counter = UInt128(port) << 64
    }

    /// The listeners of `Fixture.settings`, one for each transport.
    static func listener(_ transport: ServerSettings.Transport) -> ListenerID {
        switch transport {
        case .udp: ListenerID(index: 0)
        case .tcp: ListenerID(index: 1)
        case .tls: ListenerID(index: 2)
        case .dtls: ListenerID(index: 3)
        }
    }

    var key: HMACKey {
        let secret = LongTermKey.derive(
            scheme.algorithm, username: Array(user.utf8).span, realm: Array(realm.utf8).span,
            password: Array(password.utf8).span, hash: OpenSSLHash())
        return OpenSSLHash().hmacKey(scheme.integrity, secret.span)
    }

    /// A message with these attributes, not signed.
    func message(
        _ method: MessageMethod, _ attributes: [RawAttribute],
        messageClass: MessageClass = .request, transaction: TransactionID? = nil
    ) -> [UInt8] {
        build(method, attributes, messageClass, transaction, signed: false, trailing: [])
    }

    /// A request signed as the client's scheme says, with `trailing` behind the signature.
    func signed(
        _ method: MessageMethod, _ attributes: [RawAttribute], transaction: TransactionID? = nil,
        trailing: [RawAttribute] = []
    ) -> [UInt8] {
        build(method, attributes, .request, transaction, signed: true, trailing: trailing)
    }

    /// The attributes that prove who asks, in front of the signature.
    var proof: [RawAttribute] {
        var proof: [RawAttribute] = [
            .text(.username, user), .text(.realm, realm), RawAttribute(.nonce, nonce),
        ]
        if scheme != .legacy {
            proof.append(RawAttribute(.passwordAlgorithms, offered ?? []))
            proof.append(
                RawAttribute(.passwordAlgorithm, [0, scheme == .sha256 ? 2 : 1, 0, 0]))
        }
        return proof
    }

    func freshTransaction() -> TransactionID {
        counter += 1
        return TransactionID(random: counter)
    }

    private func build(
        _ method: MessageMethod, _ attributes: [RawAttribute], _ messageClass: MessageClass,
        _ transaction: TransactionID?, signed: Bool, trailing: [RawAttribute]
    ) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 8192)
        let key = key
        let all = signed ? attributes + proof : attributes
        let id = transaction ?? freshTransaction()
        var writer = MessageWriter(MessageType(method, messageClass), id, into: buffer.mutableSpan)
        for attribute in all { writer.append(attribute.type, attribute.value.span) }
        if signed { writer.appendIntegrity(key, hash: OpenSSLHash()) }
        for attribute in trailing { writer.append(attribute.type, attribute.value.span) }
        let count = writer.finish()!
        return Array(buffer[..<count])
    }

    /// Asks without credentials and learns nonce and offer from the 401.
    func learnNonce() {
        let answer = fixture.send(message(.allocate, [.udp]), from: tuple)[0]
        nonce = answer.value(.nonce)!
        offered = answer.value(.passwordAlgorithms)
    }

    /// A signed request and its only answer, with the nonce learnt first.
    @discardableResult
    func request(
        _ method: MessageMethod, _ attributes: [RawAttribute], transaction: TransactionID? = nil
    ) -> Answer {
        if nonce.isEmpty { learnNonce() }
        let answers = fixture.send(
            signed(method, attributes, transaction: transaction), from: tuple)
        precondition(answers.count == 1, "\(answers.count) answers")
        return answers[0]
    }

    @discardableResult
    func allocate(_ more: [RawAttribute] = []) -> Answer { request(.allocate, [.udp] + more) }

    @discardableResult
    func allocateTCP(_ more: [RawAttribute] = []) -> Answer { request(.allocate, [.tcp] + more) }

    /// Asks for a connection; the answer, if one comes at once.
    func connect(_ peer: TransportAddress) -> Answer? {
        if nonce.isEmpty { learnNonce() }
        let id = freshTransaction()
        let bytes = signed(.connect, [Self.peer(peer, id)], transaction: id)
        return fixture.send(bytes, from: tuple).first
    }

    /// Another stream of the same client, which has no nonce of its own yet.
    func newStream(port: UInt16, user: String? = nil) -> TestClient {
        let stream = TestClient(
            fixture, port: port, user: user ?? self.user, password: password, scheme: scheme,
            ip: tuple.client.ip)
        stream.tuple = FiveTuple(
            client: TransportAddress(tuple.client.ip, port), listener: tuple.listener)
        return stream
    }

    /// XOR-PEER-ADDRESS of a request whose transaction id is known.
    static func peer(_ address: TransportAddress, _ transaction: TransactionID) -> RawAttribute {
        var buffer = [UInt8](repeating: 0, count: 64)
        var writer = MessageWriter(
            MessageType(.binding, .request), transaction, into: buffer.mutableSpan)
        writer.append(.xorPeerAddress, xor: address)
        let count = writer.finish()!
        return RawAttribute(.xorPeerAddress, Array(buffer[24..<count]))
    }

    @discardableResult
    func permit(_ peers: IPAddress...) -> Answer {
        let id = freshTransaction()
        return request(
            .createPermission, peers.map { Self.peer(TransportAddress($0, 0), id) },
            transaction: id)
    }

    @discardableResult
    func bind(_ channel: UInt16, _ peer: TransportAddress) -> Answer {
        let id = freshTransaction()
        return request(
            .channelBind, [.channel(channel), Self.peer(peer, id)], transaction: id)
    }
}
