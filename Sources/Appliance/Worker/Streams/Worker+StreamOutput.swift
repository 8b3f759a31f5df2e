import CPacket
import Crypto
import Forwarding
import LinuxIO
import Primitives
import TURN

/// Towards clients behind TCP and TLS: never waits, and drops whole frames when a client does not
/// read.
extension Worker {
    /// Gives everything that the forwarder queued for streams and DTLS sessions to their
    /// connections; `payloads` is the memory its offsets count from.
    mutating func sendWrapped(payloads: UnsafeRawPointer) {
        for index in 0..<forwarder.transmit.wrappedCount {
            let group = forwarder.transmit.wrapped[index]
            if group.wrapping == .stream {
                if let client = streams[group.connection] { send(group, to: client, payloads) }
            } else if let client = secured[group.connection] {
                encrypt(group, for: client, payloads)
            }
        }
        secureBatch.flush(&sender)
    }

    private mutating func send(
        _ group: WrappedGroup, to client: StreamClient, _ payloads: UnsafeRawPointer
    ) {
        let sharesRecords = group.count >= Self.sharedFrom
        var next = group.first
        do throws(SystemError) {
            while next != TS_NO_SEGMENT, client.hasWrittenAll, !client.isClosing {
                next =
                    client.session == nil
                    ? try sendPlain(from: next, to: client, payloads)
                    : try sendRecords(from: next, sharing: sharesRecords, to: client, payloads)
            }
        } catch {
            broken.append(client)
            return
        }
        while next != TS_NO_SEGMENT {
            let segment = forwarder.transmit.segments[Int(next)]
            enqueue(frame(segment, payloads), isData: true, to: client)
            next = segment.next
        }
        watch(client)
    }

    /// Writes frames without copying them; returns the first that was not touched. The rest of
    /// one that left in part is staged.
    private func sendPlain(
        from first: UInt32, to client: StreamClient, _ payloads: UnsafeRawPointer
    ) throws(SystemError) -> UInt32 {
        let result = try Stream.write(
            client.socket.raw, segments: forwarder.transmit.segments, first: first,
            headers: forwarder.transmit.headers, payloads: payloads)
        var sent = 0
        if case .done(let count) = result { sent = count }
        var next = first
        while next != TS_NO_SEGMENT {
            let segment = forwarder.transmit.segments[Int(next)]
            guard sent >= segment.size else { break }
            sent -= segment.size
            next = segment.next
        }
        // Either a frame broke off, or the kernel took none.
        if next != TS_NO_SEGMENT, sent > 0 || next == first {
            let segment = forwarder.transmit.segments[Int(next)]
            frame(segment, payloads).withUnsafeBytes {
                client.stage(UnsafeRawBufferPointer(rebasing: $0[sent...]))
            }
            next = segment.next
        }
        return next
    }

    /// Puts frames into TLS records and writes those together; returns the first frame that is
    /// for another write.
    ///
    /// Few frames get a record each: there are clients, coturn's among them, that take what one
    /// read of TLS returns for one frame. Under load frames share records, since a record costs as
    /// much as 1,200 bytes in it; so do frames that had to wait (`drainQueue`).
    private mutating func sendRecords(
        from first: UInt32, sharing: Bool, to client: StreamClient, _ payloads: UnsafeRawPointer
    ) throws(SystemError) -> UInt32 {
        let headers = forwarder.transmit.headers
        var next = first
        while next != TS_NO_SEGMENT, tlsOutput.count < Self.recordsMax {
            record.removeAll(keepingCapacity: true)
            repeat {
                let segment = forwarder.transmit.segments[Int(next)]
                guard record.isEmpty || record.count + segment.size <= Self.recordMax else {
                    break
                }
                Self.append(segment, headers, payloads, to: &record)
                next = segment.next
            } while sharing && next != TS_NO_SEGMENT
            try encryptRecord(for: client)
        }
        try sendOutput(of: client)
        return next
    }

    /// From so many frames of one batch on they share records: a client that gets a packet every
    /// 20 ms has them only after a pause of 160 ms.
    private static var sharedFrom: UInt32 { 8 }

    /// Written at once: as much as a read takes from the other side.
    private static var recordsMax: Int { FrameArena.readMax }

    /// RFC 8446 §5.1: a record carries at most 2^14 bytes.
    private static var recordMax: Int { 16_384 }

    private mutating func encryptRecord(for client: StreamClient) throws(SystemError) {
        let isEncrypted = record.withUnsafeBytes {
            client.session?.write($0, output: tlsOutput) ?? false
        }
        guard isEncrypted else {
            // No byte of one client may ever reach another.
            tlsOutput.removeAll()
            throw SystemError(.brokenPipe, call: "TLS")
        }
    }

    /// Writes what TLS made for the wire.
    func sendOutput(of client: StreamClient) throws(SystemError) {
        guard !tlsOutput.bytes.isEmpty else { return }
        defer { tlsOutput.removeAll() }
        try client.write(tlsOutput.bytes)
    }

    private func frame(_ segment: ts_segment, _ payloads: UnsafeRawPointer) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(segment.size)
        Self.append(segment, forwarder.transmit.headers, payloads, to: &bytes)
        return bytes
    }

    static func append(
        _ segment: ts_segment, _ headers: UnsafePointer<UInt8>, _ payloads: UnsafeRawPointer,
        to bytes: inout [UInt8]
    ) {
        bytes += UnsafeRawBufferPointer(
            start: headers + Int(segment.headerOffset), count: Int(segment.headerLength))
        bytes += UnsafeRawBufferPointer(
            start: payloads + Int(segment.payloadOffset), count: Int(segment.payloadLength))
        for _ in 0..<segment.padding { bytes.append(0) }
    }

    /// Sends a STUN message behind everything that waits.
    mutating func reply(_ message: ArraySlice<UInt8>, to client: StreamClient) {
        guard !client.isClosing else { return }
        if client.hasWrittenAll {
            record.removeAll(keepingCapacity: true)
            record += message
            do throws(SystemError) {
                try sendRecordBytes(to: client)
            } catch {
                broken.append(client)
            }
        } else {
            enqueue(Array(message), isData: false, to: client)
        }
        watch(client)
    }

    /// Sends `record`, encrypted where the client speaks TLS.
    private mutating func sendRecordBytes(to client: StreamClient) throws(SystemError) {
        guard client.session == nil else {
            try encryptRecord(for: client)
            return try sendOutput(of: client)
        }
        let result = record.withUnsafeBytes { bytes in
            Result { () throws(SystemError) in try client.write(bytes) }
        }
        try result.get()
    }

    private mutating func enqueue(_ frame: [UInt8], isData: Bool, to client: StreamClient) {
        let admission = client.queue.append(
            frame, isData: isData, now: now.monotonic.nanoseconds, bounds: streamSettings.queue)
        switch admission {
        case .kept(let dropped): countDrops(dropped, of: client)
        case .refused: countDrops(1, of: client)
        case .overflow: broken.append(client)
        }
    }

    private mutating func countDrops(_ count: Int, of client: StreamClient) {
        guard count > 0 else { return }
        if let allocation = client.allocation {
            forwarder.dropQueued(UInt64(count), of: allocation.index)
        }
    }

    /// The client reads again: sends what waited, as far as there is room.
    mutating func drainQueue(_ client: StreamClient) {
        do throws(SystemError) {
            while try client.writeStaged(), !client.queue.isEmpty {
                let late = client.queue.dropLate(
                    now: now.monotonic.nanoseconds, bounds: streamSettings.queue)
                countDrops(late, of: client)
                guard !client.queue.isEmpty else { break }
                record.removeAll(keepingCapacity: true)
                client.queue.take(upTo: Self.recordMax, into: &record)
                try sendRecordBytes(to: client)
            }
        } catch {
            return lose(client)
        }
        if case .data(let peer) = client.mode { clientDrained(client, peer) }
        if client.isClosing, client.hasWrittenAll { return finishClosing(client) }
        watch(client)
    }

    /// Says goodbye once everything is written.
    mutating func closeAfterSending(_ client: StreamClient) {
        client.isClosing = true
        if client.hasWrittenAll { finishClosing(client) } else { watch(client) }
    }

    /// Says goodbye now.
    mutating func finishClosing(_ client: StreamClient) {
        if let session = client.session {
            session.close(output: tlsOutput)
            // The connection ends in any case.
            try? sendOutput(of: client)
        }
        lose(client)
    }

    /// Tells epoll what to watch a client for, when that changed.
    mutating func watch(_ client: StreamClient) {
        let interest = client.interest
        guard interest != client.watched, streams[client.number] === client else { return }
        client.watched = interest
        do throws(SystemError) {
            try epoll.modify(client.socket.raw, interest, token: Token.stream(client.number))
        } catch {
            broken.append(client)
        }
    }

    /// Ends the connections that failed while they were written to; once a turn, for whoever
    /// wrote was in the middle of a batch.
    mutating func closeBroken() {
        while let client = broken.popLast() { lose(client) }
    }
}

extension ts_segment {
    /// Bytes on the wire.
    var size: Int { Int(headerLength) + Int(payloadLength) + Int(padding) }
}
