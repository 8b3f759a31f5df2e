import Crypto
import LinuxIO
import Primitives
import STUN

/// Writes the requests of all clients, each with credentials of its own.
final class Requests {
    private let hash = OpenSSLHash()
    private let realm: [UInt8]
    private let usernames: [[UInt8]]
    private let keys: [HMACKey]
    /// The nonce the server gave to each client; empty before the first answer.
    var nonces: [[UInt8]]

    /// Longer than any request.
    static let sizeMax = 1024

    /// For clients 0 to `count`.
    init(_ options: Options, count: Int) {
        // A day: no run takes that long.
        let expiry = Clock.now().unixSeconds + 86_400
        let names = (0..<count).map { index in
            let own = "\(expiry):client\(options.firstName + index)"
            return Array((options.password == nil ? own : "bench").utf8)
        }
        let hash = hash
        realm = Array(options.realm.utf8)
        usernames = names
        keys = names.map { Self.key(of: $0, options, hash) }
        nonces = [[UInt8]](repeating: [], count: count)
    }

    /// The bytes of a request. The number of the client is its transaction id.
    func request(_ index: Int, _ method: MessageMethod) throws -> [UInt8] {
        var message = [UInt8](repeating: 0, count: Self.sizeMax)
        let id = TransactionID(random: UInt128(index) << 16 | UInt128(method.rawValue))
        var writer = MessageWriter(MessageType(method, .request), id, into: message.mutableSpan)
        switch method {
        case .allocate: writer.append(.requestedTransport, UInt32(17) << 24)
        case .refresh: writer.append(.lifetime, UInt32(0))
        case .channelBind:
            writer.append(.channelNumber, UInt32(Addresses.channel) << 16)
            writer.append(.xorPeerAddress, xor: Addresses.peer(index))
        default: break
        }
        let nonce = nonces[index]
        let realm = realm
        let username = usernames[index]
        if !nonce.isEmpty {
            writer.append(.username, username.span)
            writer.append(.realm, realm.span)
            writer.append(.nonce, nonce.span)
            writer.appendIntegrity(keys[index], hash: hash)
        }
        guard let count = writer.finish() else { throw BenchError("a request grew too long") }
        message.removeLast(message.count - count)
        return message
    }

    /// Takes the nonce of a refusal that asks to try again: 401 comes first, 438 when a nonce has
    /// aged.
    func retry(
        _ message: borrowing StunMessage, _ index: Int, _ method: MessageMethod
    ) throws {
        let code = try message.errorCode() ?? 0
        guard let nonce = message.value(of: .nonce), code == 401 || code == 438 else {
            throw BenchError("\(method) of client \(index) was refused: \(code)")
        }
        nonces[index] = (0..<nonce.count).map { nonce[$0] }
    }

    /// The key of a user. The password of a time-limited one is the HMAC-SHA1 of its name.
    private static func key(
        of name: [UInt8], _ options: Options, _ hash: OpenSSLHash
    ) -> HMACKey {
        var digest = [UInt8](repeating: 0, count: 20)
        var space = digest.mutableSpan
        hash.hmacSHA1(key: Array(options.secret.utf8).span, name.span, into: &space)
        let password = options.password.map { Array($0.utf8) } ?? Base64.encode(digest.span)
        let key = LongTermKey.derive(
            .md5, username: name.span, realm: Array(options.realm.utf8).span,
            password: password.span, hash: hash)
        return hash.hmacKey(.sha1, key.span)
    }
}
