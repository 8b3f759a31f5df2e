import Primitives
import STUN

/// A response as values, written out in one place so that order and signing are always the same.
struct Reply {
    let method: MessageMethod
    let transaction: TransactionID
    /// Nil: a success response.
    var error: ErrorCode?
    var unknown = UnknownAttributes()
    var mapped: TransportAddress?
    var relayedV4: TransportAddress?
    var relayedV6: TransportAddress?
    var lifetime: UInt32?
    /// RESERVATION-TOKEN; 0: none.
    var token: UInt64 = 0
    /// CONNECTION-ID (RFC 6062 §6.2.1).
    var connection: UInt32?
    /// What a dual allocation could not have (RFC 8656 §7.2 item 9).
    var addressError: (family: AddressFamily, code: ErrorCode)?
    /// Ask for credentials: REALM, NONCE and the algorithms (RFC 8489 §9.2.4).
    var challenge = false
    /// Signs the response; nil before authentication.
    var key: HMACKey?
    var fingerprint = false

    init(to head: RequestHead) {
        method = head.method
        transaction = head.transaction
        fingerprint = head.fingerprint
    }

    /// A success response to a request whose sender is known.
    init(to request: borrowing StunMessage, _ proven: Proven) {
        self.init(to: RequestHead(request))
        key = proven.key.hmac
    }
}

/// What a response needs of its request, for when the request's bytes are gone.
struct RequestHead {
    let method: MessageMethod
    let transaction: TransactionID
    let fingerprint: Bool
    let byteCount: Int
    /// It carries a nonce that we gave to its sender, whose address is therefore real.
    var echoesNonce = false

    /// For a response to a request that was seen before.
    init(method: MessageMethod, transaction: TransactionID, fingerprint: Bool) {
        self.method = method
        self.transaction = transaction
        self.fingerprint = fingerprint
        byteCount = 0
    }

    init(_ request: borrowing StunMessage) {
        method = request.method
        transaction = request.transactionID
        fingerprint = request.has(.fingerprint)
        byteCount = request.bytes.count
    }
}

/// What responses contain beside the answer itself.
struct ReplyStyle {
    let realm: [UInt8]
    let software: [UInt8]?
    let hash: any MessageHash
    var fingerprint = false
    /// What a challenge announces, and the nonce that says so.
    var features: SecurityFeatures = []
    var nonce = InlineArray<36, UInt8>(repeating: 0)
}

extension Reply {
    /// Writes the message at `start`; nil when it does not fit.
    func write(into buffer: inout [UInt8], at start: Int, _ style: ReplyStyle) -> Int? {
        var writer = MessageWriter(
            MessageType(method, error == nil ? .success : .error), transaction,
            into: buffer.mutableSpan, at: start)
        // RFC 8489 §14.8; no reason text before authentication, to stay short.
        if let error { writer.append(error, reason: key != nil) }
        if !unknown.isEmpty { writer.append(unknown) }
        if let relayedV4 { writer.append(.xorRelayedAddress, xor: relayedV4) }
        if let relayedV6 { writer.append(.xorRelayedAddress, xor: relayedV6) }
        if let mapped {
            // RFC 8489 §11: a client without the cookie knows only the plain form.
            if transaction.isClassic {
                writer.append(.mappedAddress, address: mapped)
            } else {
                writer.append(.xorMappedAddress, xor: mapped)
            }
        }
        if let lifetime { writer.append(.lifetime, lifetime) }
        if let connection { writer.append(.connectionID, connection) }
        if token != 0 { writer.append(.reservationToken, token) }
        if let (family, code) = addressError { writer.append(code, family: family, reason: false) }
        if challenge {
            writer.append(.realm, style.realm.span)
            writer.append(.nonce, style.nonce.span)
            // RFC 8489 §9.2.4: exactly when the nonce has the bit for it.
            if style.features.contains(.passwordAlgorithms) {
                writer.append(algorithms: Server.offeredAlgorithms)
            }
        }
        if let key {
            if let software = style.software { writer.append(.software, software.span) }
            writer.appendIntegrity(key, hash: style.hash)
        }
        if fingerprint || style.fingerprint, !transaction.isClassic { writer.appendFingerprint() }
        return writer.finish()
    }
}

extension Server {
    /// Room for the largest reply: a challenge with a long realm, or 420 with its list.
    static var replyRoom: Int { 2048 }

    /// Writes `reply` behind what is in `outgoing` and queues it for the client.
    mutating func send(_ reply: Reply, to tuple: FiveTuple) {
        guard let bytes = write(reply, to: tuple) else { return }
        outgoingEnd = bytes.upperBound
        actions.push(.send(to: tuple, bytes: bytes))
    }

    /// Sends an answer to somebody who has proven nothing, as far as the budget allows.
    ///
    /// Over UDP the sender's address may be forged, unless it echoes our nonce.
    mutating func sendUnproven(_ reply: Reply, to head: RequestHead, from tuple: FiveTuple) {
        guard let bytes = write(reply, to: tuple) else { return }
        if transport(of: tuple.listener) == .udp, !head.echoesNonce {
            // Such answers carry nothing optional, so a shorter one does not exist.
            let answer = budget.admit(
                request: head.byteCount, full: bytes.count, short: bytes.count,
                from: tuple.client.ip, at: now.monotonic)
            guard answer == .full else {
                counters.droppedBudget += 1
                return
            }
        }
        outgoingEnd = bytes.upperBound
        actions.push(.send(to: tuple, bytes: bytes))
    }

    /// Writes `reply` at the end of `outgoing`, without claiming the space yet.
    private mutating func write(_ reply: Reply, to tuple: FiveTuple) -> Range<Int>? {
        let start = reserveOutgoing()
        var style = ReplyStyle(realm: realmBytes, software: softwareBytes, hash: hash)
        style.fingerprint = settings.fingerprint
        if reply.challenge {
            let features = offeredFeatures
            style.features = features
            var space = style.nonce.mutableSpan
            nonces.issue(features, to: tuple, at: now.monotonic, into: &space)
        }
        guard let count = reply.write(into: &outgoing, at: start, style) else { return nil }
        return start..<start + count
    }

    /// Makes room for one more message and returns where it starts.
    mutating func reserveOutgoing() -> Int {
        let missing = outgoingEnd + Self.replyRoom - outgoing.count
        if missing > 0 { outgoing.append(contentsOf: repeatElement(0, count: missing)) }
        return outgoingEnd
    }
}
