import Crypto
import Primitives
import STUN
import TURN

/// What a client wants; the same wish is sent again after a 401 or 438.
enum Wish {
    case binding
    case allocate(AllocateChoice)
    case refresh(lifetime: UInt32?, family: AddressFamily?)
    case permit([TransportAddress])
    case bind(channel: UInt16, peer: TransportAddress)
}

/// The variants of Allocate.
enum AllocateChoice: CaseIterable {
    case plain, ipv6, dual, even, pair, token, short
}

/// A client behind a NAT: it asks for things in a random order, believes what it is answered,
/// and knows nothing else.
struct SimulatedClient {
    let number: Int
    let user: Int
    /// Its address outside the NAT, until that rebinds.
    var outside: TransportAddress
    var username: String
    var password: [UInt8]
    var nonce: [UInt8] = []
    /// Believes to have an allocation.
    var hasAllocation = false
    var relays: [TransportAddress] = []
    var token: UInt64 = 0
    /// What it was granted at some time, the newest last; at most eight.
    var peers: [TransportAddress] = []
    var channels: [UInt16] = []
    /// Sent before, to be repeated byte by byte.
    var history: [[UInt8]] = []
    private var key: HMACKey
    private var transactions: UInt64 = 0

    init(_ number: Int, user: Int, outside: TransportAddress, username: String, password: [UInt8]) {
        self.number = number
        self.user = user
        self.outside = outside
        self.username = username
        self.password = password
        key = Self.key(username, password)
    }

    mutating func rename(_ username: String, _ password: [UInt8]) {
        self.username = username
        self.password = password
        key = Self.key(username, password)
    }

    private static func key(_ username: String, _ password: [UInt8]) -> HMACKey {
        let secret = LongTermKey.derive(
            .md5, username: Array(username.utf8).span, realm: Array(Wire.realm.utf8).span,
            password: password.span, hash: OpenSSLHash())
        return OpenSSLHash().hmacKey(.sha1, secret.span)
    }

    mutating func freshTransaction() -> TransactionID {
        transactions += 1
        return TransactionID(random: UInt128(number + 1) << 64 | UInt128(transactions))
    }

    /// The request for a wish, and what to remember of it.
    mutating func request(_ wish: Wish) -> ([UInt8], TransactionID, SentRequest) {
        let id = freshTransaction()
        let proof = nonce.isEmpty ? nil : (username, nonce, key)
        var sent: SentRequest
        let bytes: [UInt8]
        switch wish {
        case .binding:
            sent = SentRequest(method: .binding, user: user)
            bytes = Wire.request(.binding, id, credentials: nil) { _ in }
        case .allocate(let choice):
            sent = SentRequest(method: .allocate, user: user)
            let token = token
            bytes = Wire.request(.allocate, id, credentials: proof) { writer in
                Self.append(choice, token, to: &writer)
            }
        case .refresh(let lifetime, let family):
            sent = SentRequest(method: .refresh, user: user)
            sent.lifetime = lifetime
            sent.family = family
            bytes = Wire.request(.refresh, id, credentials: proof) { writer in
                if let lifetime { writer.append(.lifetime, lifetime) }
                if let family {
                    writer.append(.requestedAddressFamily, UInt32(family.rawValue) << 24)
                }
            }
        case .permit(let peers):
            sent = SentRequest(method: .createPermission, user: user)
            sent.peers = peers
            bytes = Wire.request(.createPermission, id, credentials: proof) { writer in
                for peer in peers { writer.append(.xorPeerAddress, xor: peer) }
            }
        case .bind(let channel, let peer):
            sent = SentRequest(method: .channelBind, user: user)
            sent.channel = channel
            sent.peers = [peer]
            bytes = Wire.request(.channelBind, id, credentials: proof) { writer in
                writer.append(.channelNumber, UInt32(channel) << 16)
                writer.append(.xorPeerAddress, xor: peer)
            }
        }
        sent.wish = wish
        history.append(bytes)
        if history.count > 8 { history.removeFirst() }
        return (bytes, id, sent)
    }

    /// A byte in front of three that are reserved.
    private static func word(_ byte: UInt8) -> UInt32 { UInt32(byte) << 24 }

    private static func append(
        _ choice: AllocateChoice, _ token: UInt64, to writer: inout MessageWriter
    ) {
        writer.append(.requestedTransport, word(17))
        switch choice {
        case .plain: break
        case .short: writer.append(.lifetime, UInt32(1))
        case .ipv6: writer.append(.requestedAddressFamily, word(2))
        case .dual: writer.append(.additionalAddressFamily, word(2))
        case .even: writer.append(.evenPort, [UInt8(0)].span)
        case .pair: writer.append(.evenPort, [UInt8(0x80)].span)
        case .token: writer.append(.reservationToken, token)
        }
    }

    /// Takes an answer in; returns the wish to send again.
    mutating func receive(_ answer: ReadAnswer, to request: SentRequest) -> Wish? {
        switch answer.code {
        case 0: succeed(answer, request)
        case 401, 438:
            let isFirst = nonce.isEmpty
            if let fresh = answer.nonce { nonce = fresh }
            // A second 401 means that the name is over; the world renames, not we.
            return answer.code == 438 || isFirst ? request.wish : nil
        case 437 where request.method != .allocate, 441:
            hasAllocation = false
            relays = []
        case 437: hasAllocation = true
        default: break
        }
        return nil
    }

    private mutating func succeed(_ answer: ReadAnswer, _ request: SentRequest) {
        switch request.method {
        case .allocate:
            hasAllocation = true
            relays = answer.relays
            token = answer.token ?? token
        case .createPermission, .channelBind:
            peers = (peers + request.peers).suffix(8)
            if request.method == .channelBind {
                channels = (channels + [request.channel]).suffix(8)
            }
        case .refresh where request.lifetime == 0 && request.family == nil:
            hasAllocation = false
            relays = []
        default: break
        }
    }
}
