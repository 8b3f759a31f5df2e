import Crypto
import Primitives
import STUN

/// What a client asked for, remembered under the transaction id of the request.
struct SentRequest {
    let method: MessageMethod
    let user: Int
    /// REQUESTED-ADDRESS-FAMILY.
    var family: AddressFamily?
    /// LIFETIME; nil where the request has none.
    var lifetime: UInt32?
    var peers: [TransportAddress] = []
    var channel: UInt16 = 0
    var wish: Wish?
}

/// The parts of an answer that clients and the model look at.
struct ReadAnswer {
    let transaction: TransactionID
    let method: MessageMethod
    let isSuccess: Bool
    var code: UInt16 = 0
    var nonce: [UInt8]?
    var lifetime: UInt32?
    var relays: [TransportAddress] = []
    var token: UInt64?

    /// Nil for anything but an answer.
    init?(_ bytes: [UInt8]) {
        guard let message = try? StunMessage(bytes.span) else { return nil }
        guard message.messageClass == .success || message.messageClass == .error else {
            return nil
        }
        transaction = message.transactionID
        method = message.method
        isSuccess = message.messageClass == .success
        code = (try? message.errorCode()) ?? 0
        nonce = message.valueRange(of: .nonce).map { Array(bytes[$0]) }
        lifetime = ((try? message.lifetime()) ?? nil)?.count
        token = (try? message.reservationToken()) ?? nil
        relays = Self.relays(bytes)
    }

    /// All XOR-RELAYED-ADDRESS attributes: one for each family.
    private static func relays(_ bytes: [UInt8]) -> [TransportAddress] {
        var found: [TransportAddress] = []
        var offset = 20
        while offset + 4 <= bytes.count {
            let type = UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
            let length = Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3])
            if type == AttributeType.xorRelayedAddress.rawValue {
                let single =
                    bytes[0..<2] + [0, UInt8(4 + length)] + bytes[4..<20]
                    + bytes[offset..<offset + 4 + length]
                if let message = try? StunMessage(Array(single).span),
                    let address = (try? message.xorAddress(.xorRelayedAddress)) ?? nil
                {
                    found.append(address)
                }
            }
            offset += 4 + (length + 3) & ~3
        }
        return found
    }
}

/// Builds messages as clients do.
enum Wire {
    static let realm = "simulated.example"
    private static let room = 2048

    static func request(
        _ method: MessageMethod, _ transaction: TransactionID,
        credentials: (user: String, nonce: [UInt8], key: HMACKey)?,
        _ attributes: (inout MessageWriter) -> Void
    ) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: room)
        var writer = MessageWriter(
            MessageType(method, .request), transaction, into: buffer.mutableSpan)
        attributes(&writer)
        if let credentials {
            writer.append(.username, Array(credentials.user.utf8).span)
            writer.append(.realm, Array(realm.utf8).span)
            writer.append(.nonce, credentials.nonce.span)
            writer.appendIntegrity(credentials.key, hash: OpenSSLHash())
        }
        let count = writer.finish() ?? 0
        return Array(buffer[..<count])
    }

    static func sendIndication(
        to peer: TransportAddress, _ data: [UInt8], _ transaction: TransactionID
    ) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: room)
        var writer = MessageWriter(
            MessageType(.send, .indication), transaction, into: buffer.mutableSpan)
        writer.append(.xorPeerAddress, xor: peer)
        writer.append(.data, data.span)
        let count = writer.finish() ?? 0
        return Array(buffer[..<count])
    }

    static func channelData(_ channel: UInt16, _ data: [UInt8]) -> [UInt8] {
        [
            UInt8(channel >> 8), UInt8(channel & 0xff), UInt8(data.count >> 8),
            UInt8(data.count & 0xff),
        ] + data
    }

    /// What a datagram to a client carries, if it is data: the channel or the peer.
    static func data(_ bytes: [UInt8]) -> (channel: UInt16?, peer: TransportAddress?, [UInt8])? {
        guard let first = bytes.first else { return nil }
        if first & 0xc0 == 0x40, bytes.count >= 4 {
            let length = Int(bytes[2]) << 8 | Int(bytes[3])
            guard length <= bytes.count - 4 else { return nil }
            return (UInt16(first) << 8 | UInt16(bytes[1]), nil, Array(bytes[4..<4 + length]))
        }
        guard let message = try? StunMessage(bytes.span), message.method == .data,
            let peer = (try? message.xorAddress(.xorPeerAddress)) ?? nil,
            let range = message.valueRange(of: .data)
        else { return nil }
        return (nil, peer, Array(bytes[range]))
    }
}
