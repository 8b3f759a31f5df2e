import CPacket
import Crypto
import Forwarding
import LinuxIO
import Primitives
import Reception
import STUN
import TURN

/// From clients behind DTLS: records become messages, messages take the way of datagrams.
extension Worker {
    /// Decrypts what the batch brought of DTLS into `records`, and answers those who knock.
    mutating func openRecords(_ slot: Int, through socket: UDPHandle) {
        for item in 0..<forwarder.secured.count {
            let datagram = forwarder.secured[item]
            let bytes = UnsafeRawBufferPointer(
                start: received.arena + Int(datagram.payloadOffset), count: Int(datagram.length))
            let tuple = FiveTuple(
                client: received.packets[Int(datagram.received)].source,
                listener: ListenerIndex.dtls(slot))
            take(bytes, from: tuple, through: socket)
        }
        replies.flush(&sender)
        secureBatch.flush(&sender)
    }

    private mutating func take(
        _ bytes: UnsafeRawBufferPointer, from tuple: FiveTuple, through socket: UDPHandle
    ) {
        let client = secured[tuple]
        if let random = DTLSListener.clientRandom(of: bytes), random != client?.random {
            return knock(bytes, random, from: tuple, through: socket)
        }
        guard let client else { return tally.recordsDropped &+= 1 }
        if let session = client.session {
            decrypt(bytes, of: client, session)
        } else {
            passOn(bytes, of: client)
        }
    }

    /// A ClientHello of a client without a session, or one that begins anew.
    private mutating func knock(
        _ hello: UnsafeRawBufferPointer, _ random: ClientRandom, from tuple: FiveTuple,
        through socket: UDPHandle
    ) {
        guard secureDoor.isOpen else { return tally.recordsDropped &+= 1 }
        let session = secureDoor.knock(
            hello, from: tuple.client, at: now.monotonic, output: tlsOutput)
        answerKnock(tuple.client, through: socket)
        guard let session, let client = client(for: tuple, through: socket) else { return }
        let handshake = secureDoor.nextHandshake()
        client.begin(handshake: handshake, random)
        let start = HandshakeStart(
            session: session, socket: socket, client: tuple.client)
        guard secureDoor.pass(.begin(key(of: client), start)) else { return lose(client) }
        eventsWait = true
    }

    /// Sends the cookie, if there is one to send.
    private mutating func answerKnock(_ client: TransportAddress, through socket: UDPHandle) {
        for index in 0..<tlsOutput.datagramCount {
            replies.append(tlsOutput.datagram(index), to: client, through: socket, &sender)
        }
        tlsOutput.removeAll()
    }

    private mutating func client(
        for tuple: FiveTuple, through socket: UDPHandle
    ) -> SecureClient? {
        if let known = secured[tuple] { return known }
        guard let place = secureDoor.admit(tuple.client) else {
            // The control thread says in the log that somebody was refused.
            eventsWait = true
            return nil
        }
        let client = secured.insert(tuple) { SecureClient($0, tuple, socket, place) }
        secured.schedule(client, at: now.monotonic + streamSettings.idleLimit)
        return client
    }

    private func key(of client: SecureClient) -> HandshakeKey {
        HandshakeKey(worker: parts.number, client: client.number, handshake: client.handshake)
    }

    private mutating func passOn(_ bytes: UnsafeRawBufferPointer, of client: SecureClient) {
        guard bytes.count <= HandshakeQueue.datagramMax, client.mayPassOn(),
            secureDoor.pass(.datagram(key(of: client), Array(bytes)))
        else { return tally.recordsDropped &+= 1 }
        eventsWait = true
    }

    private mutating func decrypt(
        _ bytes: UnsafeRawBufferPointer, of client: SecureClient, _ session: TLSSession
    ) {
        let room = records.free
        guard room.count >= bytes.count + TLSSession.plainMargin else {
            return tally.recordsDropped &+= 1
        }
        if secureBatch.isFull { secureBatch.flush(&sender) }
        let output = secureBatch.output
        let progress = session.receive(bytes, into: room, output: output)
        secureBatch.take(for: client)
        let start = records.end
        for index in 0..<output.plainRecordCount {
            guard !records.isFull else { break }
            let range = output.plainRecord(index)
            records.addFrame(
                at: start + range.lowerBound, length: range.count, from: client.tuple.client,
                number: client.number)
        }
        switch progress {
        case .open(let count): records.take(count)
        case .closed(let count):
            records.take(count)
            ended.append(client)
        case .failed: ended.append(client)
        }
    }

    /// Forwards what was decrypted and answers STUN; ends the sessions that have ended.
    mutating func judgeRecords(_ slot: Int) {
        judge(ListenerIndex.dtls(slot))
        while let client = ended.popLast() { lose(client) }
    }

    private mutating func judge(_ listener: ListenerID) {
        guard records.recordCount > 0 else { return }
        let arena = Span<UInt8>(
            _unsafeStart: records.memory.assumingMemoryBound(to: UInt8.self), count: records.end)
        forwarder.forwardFromClients(
            records.records, count: records.recordCount, arena: arena,
            listener: listener.index, now: now.monotonic.nanoseconds)
        flush(payloads: records.memory)
        handOver(from: records.memory)
        for item in 0..<forwarder.control.count {
            let message = forwarder.control[item]
            guard let client = secured[records.records[Int(message.received)].tag] else {
                continue
            }
            let start = records.memory + Int(message.payloadOffset)
            let bytes = Span<UInt8>(
                _unsafeStart: start.assumingMemoryBound(to: UInt8.self),
                count: Int(message.length))
            server.receive(bytes, from: client.tuple, at: now)
            carryOut()
        }
        secureBatch.flush(&sender)
        endBatch()
        records.removeAll()
    }

    /// The control thread has finished a handshake, or gives back what came too late for it.
    mutating func conclude(_ key: HandshakeKey, _ outcome: HandshakeOutcome) {
        guard let client = secured[key.client], client.handshake == key.handshake else { return }
        switch outcome {
        case .established(let session, let unread):
            client.session = session
            client.place.establish()
            tally.sessionsTaken &+= 1
            if client.allocation == nil {
                secured.schedule(client, at: now.monotonic + streamSettings.idleLimit)
            }
            for message in unread { add(message, of: client) }
        case .late(let datagram):
            guard let session = client.session else { return }
            datagram.withUnsafeBytes { decrypt($0, of: client, session) }
        case .failed: ended.append(client)
        }
        judge(client.tuple.listener)
        while let client = ended.popLast() { lose(client) }
    }

    private mutating func add(_ message: [UInt8], of client: SecureClient) {
        guard !records.isFull, records.free.count >= message.count else { return }
        let start = records.end
        records.append(message)
        records.addFrame(
            at: start, length: message.count, from: client.tuple.client, number: client.number)
    }
}
