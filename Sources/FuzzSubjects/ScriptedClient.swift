import Crypto
import Primitives
import STUN
import TURN

/// A client that signs what it is told to send.
final class ScriptedClient {
    let tuple: FiveTuple
    var nonce: [UInt8] = []
    private let name: [UInt8]
    private let realm = Array("example.org".utf8)
    private let key: HMACKey
    private let hash: OpenSSLHash
    private var buffer = [UInt8](repeating: 0, count: 1500)

    init(
        _ address: TransportAddress, _ name: String, _ password: String, _ hash: OpenSSLHash,
        listener: UInt16 = 0
    ) {
        tuple = FiveTuple(client: address, listener: ListenerID(index: listener))
        self.name = Array(name.utf8)
        self.hash = hash
        let (username, secret) = (Array(name.utf8), Array(password.utf8))
        let realm = realm
        let derived = LongTermKey.derive(
            .md5, username: username.span, realm: realm.span, password: secret.span, hash: hash)
        key = hash.hmacKey(.sha1, derived.span)
    }

    /// A request with these raw attributes: types, lengths and values as they come.
    func request(
        method: UInt8, _ attributes: Span<UInt8>, isSigned: Bool, step: Int
    ) -> [UInt8] {
        let methods: [MessageMethod] = [
            .allocate, .refresh, .createPermission, .channelBind, .binding, .connect,
        ]
        return message(
            MessageType(
                methods[Int(method) % methods.count], method < 240 ? .request : .indication),
            attributes, isSigned: isSigned, step: step)
    }

    func message(
        _ type: MessageType, _ attributes: Span<UInt8>, isSigned: Bool, step: Int
    ) -> [UInt8] {
        let id = TransactionID(random: UInt128(step) << 32 | UInt128(tuple.client.port))
        guard let count = write(type, id, attributes, isSigned, into: &buffer) else { return [] }
        return Array(buffer[..<count])
    }

    /// Keeps the nonce that an answer brings.
    func learn(from answer: borrowing StunMessage) {
        guard let value = answer.value(of: .nonce) else { return }
        nonce.removeAll(keepingCapacity: true)
        for position in 0..<value.count { nonce.append(value[position]) }
    }

    private func write(
        _ type: MessageType, _ id: TransactionID, _ attributes: Span<UInt8>, _ isSigned: Bool,
        into buffer: inout [UInt8]
    ) -> Int? {
        var writer = MessageWriter(type, id, into: buffer.mutableSpan)
        var offset = 0
        while offset + 4 <= attributes.count {
            let number = AttributeType(rawValue: attributes.uint16(at: offset))
            let length = min(
                Int(attributes.uint16(at: offset + 2)), attributes.count - offset - 4)
            writer.append(number, attributes.extracting(offset + 4..<offset + 4 + length))
            offset += 4 + (length + 3) & ~3
        }
        if isSigned {
            let (name, realm, nonce) = (name, realm, nonce)
            writer.append(.username, name.span)
            writer.append(.realm, realm.span)
            writer.append(.nonce, nonce.span)
            writer.appendIntegrity(key, hash: hash)
        }
        return writer.finish()
    }
}
