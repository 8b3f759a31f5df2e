import Crypto
import Forwarding
import LinuxIO
import Primitives
import Reception
import TURN

/// A client's stream and a peer's connection as one (RFC 6062 §5.4, §5.5). Whoever does not read
/// stops the other side: nothing is dropped, and nothing piles up.
extension Worker {
    /// `TURN` accepted a ConnectionBind; its response is on the way.
    mutating func bindConnection(_ id: ConnectionID, to tuple: FiveTuple) {
        guard let peer = peers[id] else { return }
        // The stream broke while it was answered: nobody else may come for this peer.
        guard let client = streams[tuple] else { return endPeer(peer) }
        client.mode = .data(peer: id.index)
        streams.cancelTimer(of: client)
        peer.state = .bound(client: client.number)
        // The response comes first, also where it has to wait.
        peer.isHeldBack = !client.hasWrittenAll
        watch(peer)
    }

    /// Gives the peer what its client sent right behind ConnectionBind: the bytes from `position`
    /// to the end of the arena.
    mutating func passEarly(_ client: StreamClient, _ number: UInt32, from position: Int) {
        guard let peer = peers[ConnectionID(index: number)] else { return }
        let early = UnsafeRawBufferPointer(
            start: frames.memory + position, count: frames.end - position)
        pass(early, from: client, to: peer)
    }

    /// Moves a stream to the worker that knows the connection which it wants to bind; false when
    /// that is this one, or nobody.
    mutating func moveAway(_ client: StreamClient, bindAt position: Int, length: Int) -> Bool {
        guard streams[client.number] === client, client.allocation == nil, client.hasWrittenAll,
            let number = connectionNumber(at: position, length: length)
        else { return false }
        let owner = Int(Server.worker(ofConnection: number).index)
        guard owner != parts.number, parts.mailboxes.indices.contains(owner) else { return false }
        let parcel = StreamParcel(
            socket: client.socket, session: client.session, client: client.tuple.client,
            listener: client.tuple.listener, unread: rest(from: position), place: client.place)
        do throws(SystemError) {
            try epoll.remove(client.socket.raw)
        } catch {
            return false
        }
        streams.remove(client)
        tally.streamsMoved &+= 1
        parts.mailboxes[owner].append(.adopt(parcel))
        parts.wakeups[owner].signal()
        return true
    }

    /// Whether the message is a ConnectionBind request (RFC 6062 §6.1: method 0x00b).
    func isConnectionBind(at position: Int) -> Bool {
        frames.memory.load(fromByteOffset: position, as: UInt8.self) == 0x00
            && frames.memory.load(fromByteOffset: position + 1, as: UInt8.self) == 0x0b
    }

    private func connectionNumber(at position: Int, length: Int) -> UInt32? {
        let start = (frames.memory + position).assumingMemoryBound(to: UInt8.self)
        let bytes = Span<UInt8>(_unsafeStart: start, count: length)
        guard case .bind(let number) = FirstMessage.read(bytes) else { return nil }
        return number
    }

    /// Read at once in either direction: what one record carries, so that little waits where it
    /// cannot be sent on.
    private static var spliceMax: UInt32 { 16_384 }

    /// Reads as much as bandwidth limits leave; nil when there is nothing, or nothing yet.
    private mutating func read(
        _ socket: TCPHandle, of allocation: AllocationID, isDown: Bool, for client: StreamClient
    ) throws(SystemError) -> UnsafeRawBufferPointer? {
        let room = forwarder.reserve(
            Self.spliceMax, of: allocation.index, isDown: isDown, at: now.monotonic)
        guard room > 0 else {
            pause(client, isDown: isDown)
            return nil
        }
        let result = Result { () throws(SystemError) in
            try socket.read(into: UnsafeMutableRawBufferPointer(rebasing: wire[..<Int(room)]))
        }
        var count = 0
        if case .success(.done(let got)) = result { count = got }
        forwarder.release(room - UInt32(count), of: allocation.index, isDown: isDown)
        guard case .done = try result.get() else { return nil }
        return UnsafeRawBufferPointer(rebasing: wire[..<count])
    }

    /// A limit is reached in one direction: looks again in a moment.
    private mutating func pause(_ client: StreamClient, isDown: Bool) {
        guard case .data(let number) = client.mode,
            let peer = peers[ConnectionID(index: number)]
        else { return }
        if isDown { peer.isPaused = true } else { client.isPaused = true }
        // The soonest the wheel can: one tick, 67 ms.
        streams.schedule(client, at: now.monotonic)
        watch(client)
        watch(peer)
    }

    /// The moment is over.
    mutating func endPause(_ client: StreamClient, _ number: UInt32) {
        guard let peer = peers[ConnectionID(index: number)] else { return }
        client.isPaused = false
        peer.isPaused = false
        watch(client)
        watch(peer)
    }

    /// Reads what the client has for its peer.
    mutating func readData(of client: StreamClient, for number: UInt32) {
        guard let peer = peers[ConnectionID(index: number)] else { return lose(client) }
        do throws(SystemError) {
            guard
                let bytes = try read(
                    client.socket, of: peer.allocation, isDown: false, for: client)
            else { return }
            guard !bytes.isEmpty else { return clientEnded(client, peer) }
            guard let session = client.session else { return pass(bytes, from: client, to: peer) }
            if !frames.hasRoom { finishFrames() }
            let plain = frames.free
            let progress = session.receive(bytes, into: plain, output: tlsOutput)
            try sendOutput(of: client)
            switch progress {
            case .open(let count):
                pass(UnsafeRawBufferPointer(rebasing: plain[..<count]), from: client, to: peer)
            case .closed(let count):
                pass(UnsafeRawBufferPointer(rebasing: plain[..<count]), from: client, to: peer)
                clientEnded(client, peer)
            case .failed: lose(client)
            }
        } catch {
            lose(client)
        }
    }

    /// Writes the client's bytes to the peer; what it does not take keeps the client waiting.
    private mutating func pass(
        _ bytes: UnsafeRawBufferPointer, from client: StreamClient, to peer: PeerConnection
    ) {
        guard !bytes.isEmpty else { return }
        var sent = 0
        if peer.unsent.isEmpty {
            do throws(SystemError) {
                if case .done(let count) = try peer.socket.write(bytes) { sent = count }
            } catch {
                return endPeer(peer)
            }
        }
        if sent < bytes.count { peer.unsent += bytes[sent...] }
        forwarder.countStream(
            UInt64(bytes.count), of: peer.allocation.index, isDown: false, at: now.monotonic)
        client.isHeldBack = !peer.unsent.isEmpty
        watch(client)
        watch(peer)
    }

    /// The peer takes more again.
    mutating func writeUnsent(_ peer: PeerConnection, _ client: StreamClient) {
        do throws(SystemError) {
            let unsent = peer.unsent
            let result = unsent.withUnsafeBytes { bytes in
                Result { () throws(SystemError) in try peer.socket.write(bytes) }
            }
            guard case .done(let count) = try result.get() else { return }
            peer.unsent.removeFirst(count)
        } catch {
            return endPeer(peer)
        }
        guard peer.unsent.isEmpty else { return }
        client.isHeldBack = false
        if peer.clientEnded { tellPeer(peer) }
        endWhenDone(client, peer)
        watch(client)
        watch(peer)
    }

    /// The client will send no more.
    mutating func clientEnded(_ client: StreamClient, _ peer: PeerConnection) {
        // Passing on its last bytes may have ended the whole.
        guard peers[peer.id] === peer else { return }
        client.hasEnded = true
        peer.clientEnded = true
        if peer.unsent.isEmpty { tellPeer(peer) }
        endWhenDone(client, peer)
        watch(client)
    }

    /// Half-close, passed on (RFC 6062 §5.5).
    private mutating func tellPeer(_ peer: PeerConnection) {
        guard !peer.hasToldPeer else { return }
        peer.hasToldPeer = true
        do throws(SystemError) {
            try peer.socket.shutdownWriting()
        } catch {
            // Already disconnected: epoll will say so.
        }
    }

    /// Reads what the peer has for the client.
    mutating func readPeer(_ peer: PeerConnection, _ client: StreamClient) {
        do throws(SystemError) {
            guard
                let bytes = try read(peer.socket, of: peer.allocation, isDown: true, for: client)
            else { return }
            guard !bytes.isEmpty else { return peerEnded(peer, client) }
            try send(bytes, to: client)
            forwarder.countStream(
                UInt64(bytes.count), of: peer.allocation.index, isDown: true, at: now.monotonic)
        } catch {
            // A reset by the peer ends the whole; so does a client that is gone.
            return endPeer(peer)
        }
        peer.isHeldBack = !client.hasWrittenAll
        watch(client)
        watch(peer)
    }

    private mutating func send(
        _ bytes: UnsafeRawBufferPointer, to client: StreamClient
    ) throws(SystemError) {
        guard let session = client.session else { return try client.write(bytes) }
        guard session.write(bytes, output: tlsOutput) else {
            tlsOutput.removeAll()
            throw SystemError(.brokenPipe, call: "TLS")
        }
        try sendOutput(of: client)
    }

    /// The client took everything: the peer may be read again.
    mutating func clientDrained(_ client: StreamClient, _ number: UInt32) {
        guard client.hasWrittenAll, let peer = peers[ConnectionID(index: number)] else { return }
        peer.isHeldBack = false
        if peer.hasEnded { tellClient(client) }
        endWhenDone(client, peer)
        watch(peer)
    }

    private mutating func peerEnded(_ peer: PeerConnection, _ client: StreamClient) {
        peer.hasEnded = true
        if client.hasWrittenAll { tellClient(client) }
        endWhenDone(client, peer)
        watch(peer)
    }

    private mutating func tellClient(_ client: StreamClient) {
        do throws(SystemError) {
            if !client.wasTold, let session = client.session {
                session.close(output: tlsOutput)
                try sendOutput(of: client)
            }
            client.wasTold = true
            guard client.hasWrittenAll, !client.isShut else { return }
            client.isShut = true
            try client.socket.shutdownWriting()
        } catch {
            broken.append(client)
        }
    }

    /// Both sides have ended and everything was passed on.
    private mutating func endWhenDone(_ client: StreamClient, _ peer: PeerConnection) {
        guard client.hasEnded, peer.hasEnded, client.hasWrittenAll, peer.unsent.isEmpty else {
            return
        }
        lose(client)
    }
}
