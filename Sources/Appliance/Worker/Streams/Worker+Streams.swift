import CPacket
import Crypto
import Forwarding
import LinuxIO
import Primitives
import STUN
import TURN

/// Clients behind TCP and TLS: bytes become frames, frames take the way of datagrams.
extension Worker {
    /// Takes over a connection that the control thread, or another worker, knows to speak STUN.
    mutating func adopt(_ parcel: StreamParcel) {
        // Two live connections of one 5-tuple: only behind a proxy that gives an address away too
        // early. The older one is over.
        if let old = streams[parcel.tuple] { lose(old) }
        let client = streams.insert(parcel.tuple) { number in
            StreamClient(number, parcel.socket, parcel.session, parcel.tuple, parcel.place)
        }
        do throws(SystemError) {
            client.watched = .readable
            try epoll.add(
                client.socket.raw, client.watched, token: Token.stream(client.number))
        } catch {
            close(client)
            return
        }
        streams.schedule(client, at: now.monotonic + streamSettings.idleLimit)
        tally.streamsTaken &+= 1
        client.partial = parcel.unread
        resume(client)
    }

    /// Reads and writes the streams that this turn found ready.
    mutating func serveStreams() {
        guard !readyStreams.isEmpty else { return }
        for (number, readiness) in readyStreams {
            guard let client = streams[number] else { continue }
            if readiness.contains(.writable) { drainQueue(client) }
            if !readiness.isDisjoint(with: [.readable, .hangup, .error]) {
                read(client, readiness)
            }
        }
        finishFrames()
        readyStreams.removeAll(keepingCapacity: true)
    }

    private mutating func read(_ client: StreamClient, _ readiness: Readiness) {
        guard streams[client.number] === client else { return }
        guard client.isReading else { return noteHangup(of: client, readiness) }
        if case .data(let peer) = client.mode { return readData(of: client, for: peer) }
        if !frames.hasRoom { finishFrames() }
        let start = frames.end
        let isOpen = readMore(client)
        if frames.end > start { cut(client, from: start) }
        guard !isOpen else { return }
        // What came before the end is answered before the client is forgotten.
        finishFrames()
        guard streams[client.number] === client else { return }
        // RFC 8446 §6.1: the answer to a close_notify is one's own.
        if client.hasEnded { endAfterGoodbye(client) } else { lose(client) }
    }

    /// The client said by close_notify that it is done.
    private mutating func endAfterGoodbye(_ client: StreamClient) {
        guard case .data(let number) = client.mode else { return finishClosing(client) }
        guard let peer = peers[ConnectionID(index: number)] else { return lose(client) }
        clientEnded(client, peer)
    }

    /// Reported unasked, of a client that is not read at the moment. Where its peer has ended too,
    /// what the client said last may still wait in the kernel for a slow peer.
    private mutating func noteHangup(of client: StreamClient, _ readiness: Readiness) {
        guard !readiness.isDisjoint(with: [.hangup, .error]) else { return }
        guard !readiness.contains(.error), client.isShut else { return lose(client) }
        client.isHungUp = true
        watch(client)
    }

    /// Puts what is held of a frame and what the socket has behind what `frames` has; false when
    /// the stream has ended.
    private mutating func readMore(_ client: StreamClient) -> Bool {
        let held = client.partial.count
        let room = UnsafeMutableRawBufferPointer(rebasing: frames.free[held...])
        do throws(SystemError) {
            guard let session = client.session else {
                let target = UnsafeMutableRawBufferPointer(rebasing: room[..<FrameArena.readMax])
                guard case .done(let count) = try client.socket.read(into: target) else {
                    return true
                }
                take(count, behind: held, client)
                return count > 0
            }
            guard case .done(let count) = try client.socket.read(into: wire) else { return true }
            let received = UnsafeRawBufferPointer(rebasing: wire[..<count])
            let progress = session.receive(received, into: room, output: tlsOutput)
            try sendOutput(of: client)
            guard case .open(let plain) = progress else {
                if case .closed(let plain) = progress {
                    take(plain, behind: held, client)
                    client.hasEnded = true
                }
                return false
            }
            take(plain, behind: held, client)
            return count > 0
        } catch {
            return false
        }
    }

    /// Takes `count` bytes that stand `held` bytes behind the end of `frames`, the gap being for
    /// what is held of the frame. While it stays incomplete only the new bytes are moved: a client
    /// that sends byte by byte must not cost a copy of all for each.
    private mutating func take(_ count: Int, behind held: Int, _ client: StreamClient) {
        let free = frames.free
        guard held + count >= client.frameLength else {
            client.partial += UnsafeRawBufferPointer(rebasing: free[held..<held + count])
            return
        }
        free.copyBytes(from: client.partial)
        frames.take(held + count)
        client.partial = []
        client.frameLength = 0
    }

    /// Goes on with bytes that are in `partial` already.
    mutating func resume(_ client: StreamClient) {
        guard !client.partial.isEmpty else { return }
        if !frames.hasRoom { finishFrames() }
        let start = frames.end
        frames.append(client.partial)
        client.partial = []
        client.frameLength = 0
        cut(client, from: start)
    }

    /// Cuts the bytes from `start` to the end of the arena into frames; keeps the rest.
    private mutating func cut(_ client: StreamClient, from start: Int) {
        if framesListener != client.tuple.listener, frames.recordCount > 0 {
            // A batch is of one listener; the bytes of this client stay where they are.
            judgeFrames()
        }
        framesListener = client.tuple.listener
        var position = start
        while position < frames.end {
            if frames.isFull { judgeFrames() }
            switch nextFrame(at: position) {
            case .incomplete:
                hold(client, from: position)
                return
            case .invalid:
                tally.streamsInvalid &+= 1
                judgeFrames()
                return lose(client)
            case .channelData(let length, let padded):
                add(client, position, length)
                position += padded
            case .message(let length):
                let isBind = isConnectionBind(at: position)
                // What the client asked before is answered by who was asked.
                if isBind { judgeFrames() }
                if isBind, moveAway(client, bindAt: position, length: length) { return }
                add(client, position, length)
                position += length
                guard isBind else { continue }
                // What follows is a frame or a peer's bytes: the answer decides.
                judgeFrames()
                guard streams[client.number] === client else { return }
                if case .data(let number) = client.mode {
                    return passEarly(client, number, from: position)
                }
            }
        }
    }

    private mutating func add(_ client: StreamClient, _ position: Int, _ length: Int) {
        frames.addFrame(
            at: position, length: length, from: client.tuple.client, number: client.number)
    }

    private func nextFrame(at position: Int) -> StreamFrame {
        let start = (frames.memory + position).assumingMemoryBound(to: UInt8.self)
        return StreamFraming.next(
            in: Span(_unsafeStart: start, count: frames.end - position),
            channelMax: server.settings.features.highChannels ? 0x7fff : 0x4fff)
    }

    /// Keeps the beginning of a frame until its rest comes.
    private func hold(_ client: StreamClient, from position: Int) {
        client.partial = rest(from: position)
        let start = (frames.memory + position).assumingMemoryBound(to: UInt8.self)
        client.frameLength =
            StreamFraming.length(
                of: Span(_unsafeStart: start, count: frames.end - position)) ?? 0
    }

    func rest(from position: Int) -> [UInt8] {
        Array(
            UnsafeRawBufferPointer(
                start: frames.memory + position, count: frames.end - position))
    }

    /// Deals with everything in the arena and empties it.
    mutating func finishFrames() {
        judgeFrames()
        frames.removeAll()
    }

    /// Forwards the frames, answers STUN, and forgets them; their bytes stay.
    private mutating func judgeFrames() {
        guard frames.recordCount > 0 else { return }
        let arena = Span<UInt8>(
            _unsafeStart: frames.memory.assumingMemoryBound(to: UInt8.self), count: frames.end)
        forwarder.forwardFromClients(
            frames.records, count: frames.recordCount, arena: arena,
            listener: framesListener.index, now: now.monotonic.nanoseconds)
        flush(payloads: frames.memory)
        handOver(from: frames.memory)
        for item in 0..<forwarder.control.count {
            let message = forwarder.control[item]
            guard let client = streams[frames.records[Int(message.received)].tag] else { continue }
            let start = frames.memory + Int(message.payloadOffset)
            let bytes = Span<UInt8>(
                _unsafeStart: start.assumingMemoryBound(to: UInt8.self),
                count: Int(message.length))
            server.receive(bytes, from: client.tuple, at: now)
            carryOut()
        }
        endBatch()
        frames.forgetRecords()
    }

    /// The client is gone, or nothing it says makes sense: closes its socket and ends what hung
    /// on it.
    mutating func lose(_ client: StreamClient) {
        guard streams[client.number] === client else { return }
        close(client)
        if case .data(let peer) = client.mode {
            closePeer(peer)
            server.connectionClosed(ConnectionID(index: peer), at: now)
        } else {
            server.streamClosed(client.tuple, at: now)
        }
        carryOut()
    }

    /// Closes the socket and forgets the client; tells nobody.
    mutating func close(_ client: StreamClient) {
        streams.remove(client)
        client.socket.close()
    }

    /// Closes clients that have had no allocation for too long; ends pauses.
    mutating func closeIdleStreams() {
        while let client = streams.nextDue(at: now.monotonic) {
            if case .data(let peer) = client.mode {
                endPause(client, peer)
                continue
            }
            tally.streamsIdle &+= 1
            lose(client)
        }
    }
}
