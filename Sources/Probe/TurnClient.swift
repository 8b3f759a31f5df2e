import Primitives
import STUN

/// One client of a TURN server behind one five-tuple: a request at a time, its answer, and the data
/// of peers. Bytes, time and randomness come from outside; what it wants to send waits in `output`.
struct TurnClient: Sendable {
    /// Whole messages and frames for the wire, oldest first.
    private(set) var output: [[UInt8]] = []
    /// What the server told with its challenge.
    private(set) var realm: String?

    private let hash: any MessageHash
    private let credential: UserCredential?
    private let isStream: Bool
    private let patience: UInt64
    private var random: ProbeRandom
    private var nonce: [UInt8] = []
    private var key: HMACKey?
    private var pending: Transaction?
    private var pendingRequest = TurnRequest.binding
    /// How often the server wanted a fresh nonce for this request.
    private var renewals = 0
    /// Peers by channel number.
    private var peerByChannel: [UInt16: TransportAddress] = [:]

    /// A server that calls every nonce stale is broken.
    private static let renewalsMax = 3
    /// Ours are far shorter.
    private static let messageMax = 2_048
    /// Longer texts of a server are cut: they are shown to people.
    private static let textMax = 256

    init(
        transport: ProbeTransport, credential: UserCredential?, patience: UInt64,
        seed: (UInt64, UInt64), hash: any MessageHash
    ) {
        isStream = transport.isStream
        self.credential = credential
        self.patience = patience
        random = ProbeRandom(seed: seed)
        self.hash = hash
    }

    /// Whether requests carry credentials by now.
    var isAuthenticated: Bool { key != nil }
    var isWaiting: Bool { pending != nil }
    var nextDeadline: MonotonicTime { pending?.nextDeadline ?? .never }

    /// Sends a request; what was asked before is forgotten.
    mutating func start(_ request: TurnRequest, at now: MonotonicTime) {
        renewals = 0
        pendingRequest = request
        send(at: now)
    }

    /// What waits to be sent; it is the caller's from here on.
    mutating func takeOutput() -> [[UInt8]] {
        defer { output = [] }
        return output
    }

    /// Sends again, or gives up.
    mutating func tick(at now: MonotonicTime) -> TurnAnswer? {
        guard var transaction = pending else { return nil }
        switch transaction.tick(at: now) {
        case .wait: return nil
        case .send:
            output.append(transaction.bytes)
            pending = transaction
            return nil
        case .giveUp:
            pending = nil
            return answer(.silence, transaction, at: now)
        }
    }

    /// Reads one datagram, or one frame of a stream. Nil: nothing that concerns anybody.
    mutating func receive(_ bytes: Span<UInt8>, at now: MonotonicTime) -> TurnEvent? {
        guard bytes.count > 0 else { return nil }
        switch classify(bytes[0]) {
        case .channelData: return channelData(bytes)
        case .stun:
            guard let message = try? StunMessage(bytes), message.hasValidFingerprint else {
                return nil
            }
            switch message.messageClass {
            case .indication: return dataIndication(message)
            case .success, .error: return response(message, at: now)
            case .request: return nil
            }
        default: return nil
        }
    }

    // MARK: - Data

    /// Data for a peer in a Send indication (RFC 8656 §11.1).
    mutating func sendIndication(_ data: [UInt8], to peer: TransportAddress) {
        var message = [UInt8](repeating: 0, count: data.count + 128)
        var writer = MessageWriter(
            MessageType(.send, .indication), random.transactionID(), into: message.mutableSpan)
        writer.append(.xorPeerAddress, xor: peer)
        writer.append(.data, data.span)
        guard let count = writer.finish() else { return }
        output.append(Array(message[..<count]))
    }

    /// Data for a peer on its channel (RFC 8656 §12.4), padded on streams (§12.5).
    mutating func sendChannelData(_ data: [UInt8], on channel: UInt16) {
        let word = ChannelDataHeader.word(channel: channel, dataLength: data.count)
        var frame = (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * $0)) } + data
        if isStream { while frame.count % 4 != 0 { frame.append(0) } }
        output.append(frame)
    }

    private func channelData(_ bytes: Span<UInt8>) -> TurnEvent? {
        guard let header = ChannelDataHeader.parse(datagram: bytes) else { return nil }
        let start = ChannelDataHeader.length
        let data = Self.array(bytes.extracting(start..<start + header.dataLength))
        return .data(data, from: peerByChannel[header.channel], channel: header.channel)
    }

    private func dataIndication(_ message: borrowing StunMessage) -> TurnEvent? {
        guard message.method == .data, let data = message.value(of: .data),
            let peer = try? message.xorAddress(.xorPeerAddress)
        else { return nil }
        return .data(Self.array(data), from: peer, channel: nil)
    }

    // MARK: - Requests

    private mutating func send(at now: MonotonicTime) {
        let id = random.transactionID()
        guard let bytes = request(id) else { return }
        pending = Transaction(id, bytes, repeats: !isStream, patience: patience, at: now)
        output.append(bytes)
    }

    private func request(_ id: TransactionID) -> [UInt8]? {
        var message = [UInt8](repeating: 0, count: Self.messageMax)
        var writer = MessageWriter(
            MessageType(pendingRequest.method, .request), id, into: message.mutableSpan)
        switch pendingRequest {
        case .binding: break
        case .allocate(let family):
            // RFC 8656 §18.8: the protocol number of UDP, then three reserved bytes.
            writer.append(.requestedTransport, UInt32(17) << 24)
            if let family {
                writer.append(.requestedAddressFamily, UInt32(family.rawValue) << 24)
            }
        case .refresh(let seconds): writer.append(.lifetime, seconds)
        case .permission(let peer): writer.append(.xorPeerAddress, xor: peer)
        case .channel(let number, let peer):
            writer.append(.channelNumber, UInt32(number) << 16)
            writer.append(.xorPeerAddress, xor: peer)
        }
        if pendingRequest != .binding, let key, let credential, let realm {
            writer.append(.username, Array(credential.name.utf8).span)
            writer.append(.realm, Array(realm.utf8).span)
            writer.append(.nonce, nonce.span)
            writer.appendIntegrity(key, hash: hash)
        }
        writer.appendFingerprint()
        guard let count = writer.finish() else { return nil }
        return Array(message[..<count])
    }

    // MARK: - Responses

    private mutating func response(
        _ message: borrowing StunMessage, at now: MonotonicTime
    ) -> TurnEvent? {
        guard let transaction = pending, message.transactionID == transaction.id,
            message.method == pendingRequest.method
        else { return nil }
        guard message.messageClass == .error else {
            pending = nil
            let success = success(message)
            note(success)
            return .answer(answer(.success(success), transaction, at: now))
        }
        let refusal = refusal(message)
        let hadCredentials = key != nil && pendingRequest != .binding
        learn(message, refusal)
        // RFC 8489 §9.2.5: a stale nonce is replaced and the request sent again.
        if refusal.code == 438, hadCredentials, renewals < Self.renewalsMax {
            renewals += 1
            send(at: now)
            return nil
        }
        pending = nil
        return .answer(answer(.refused(refusal), transaction, at: now))
    }

    private mutating func note(_ success: TurnSuccess) {
        if case .channel(let number, let peer) = pendingRequest { peerByChannel[number] = peer }
    }

    /// Takes realm and nonce of a challenge (RFC 8489 §9.2.5).
    private mutating func learn(_ message: borrowing StunMessage, _ refusal: TurnRefusal) {
        guard refusal.code == 401 || refusal.code == 438, let nonce = message.value(of: .nonce)
        else { return }
        self.nonce = Self.array(nonce)
        guard let realm = message.value(of: .realm), let credential else {
            self.realm = refusal.realm ?? realm
            return
        }
        self.realm = refusal.realm
        let secret = LongTermKey.derive(
            .md5, username: Array(credential.name.utf8).span, realm: realm,
            password: credential.password.span, hash: hash)
        key = hash.hmacKey(.sha1, secret.span)
    }

    private func success(_ message: borrowing StunMessage) -> TurnSuccess {
        var success = TurnSuccess()
        success.mapped =
            (try? message.xorAddress(.xorMappedAddress)) ?? (try? message.address(.mappedAddress))
        success.relayed = try? message.xorAddress(.xorRelayedAddress)
        success.lifetimeSeconds = (try? message.lifetime())?.count
        success.software = Self.text(message.value(of: .software))
        if pendingRequest != .binding, let key {
            success.isProven = message.isAuthentic(under: key, hash: hash)
        }
        return success
    }

    private func refusal(_ message: borrowing StunMessage) -> TurnRefusal {
        let code = (try? message.errorCode()) ?? 0
        var refusal = TurnRefusal(code: code, reason: "")
        if let value = message.value(of: .errorCode), value.count > 4 {
            refusal.reason = Self.text(value.extracting(4..<value.count)) ?? ""
        }
        refusal.realm = Self.text(message.value(of: .realm))
        refusal.hasNonce = message.has(.nonce)
        refusal.alternate = try? message.address(.alternateServer)
        refusal.software = Self.text(message.value(of: .software))
        return refusal
    }

    private func answer(
        _ outcome: TurnOutcome, _ transaction: Transaction, at now: MonotonicTime
    ) -> TurnAnswer {
        TurnAnswer(
            request: pendingRequest, outcome: outcome,
            roundTrip: transaction.roundTrip(at: now), retransmissions: transaction.sends - 1)
    }

    private static func text(_ value: Span<UInt8>?) -> String? {
        guard let value else { return nil }
        // RFC 8489 §14.8: reason phrases and SOFTWARE end at a zero byte with some servers.
        let bytes = array(value).prefix { $0 != 0 }.prefix(textMax)
        return String(decoding: bytes, as: UTF8.self)
    }

    static func array(_ bytes: Span<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        for index in 0..<bytes.count { result.append(bytes[index]) }
        return result
    }
}
