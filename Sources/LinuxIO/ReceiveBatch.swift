import CLinux
package import CPacket

/// Memory for one loop turn's datagrams, and the calls that fill it.
///
/// Slots are as large as a merged receive can be, but only pages that packets reached take memory.
/// Filling appends, so that one batch can gather a listener's datagrams and those of many relay
/// sockets; `clear` starts over. Nothing is allocated after `init`.
package struct ReceiveBatch: ~Copyable {
    private let receiver: OpaquePointer
    /// The start of the receive arena: `ts_received.payloadOffset` counts from here.
    package let arena: UnsafeMutableRawPointer
    /// The size of the arena in bytes.
    package let arenaSize: Int
    /// The records of the datagrams, `count` of them filled.
    package let packets: UnsafeMutablePointer<ts_received>
    /// Datagrams (merged ones count once) held now.
    package private(set) var count = 0
    /// How many there can be.
    package let capacity: Int

    /// The largest datagram, or run of merged ones, that IP can carry.
    package static let slotSizeMax = 65_536

    /// `slots` up to 65,536; `slotSize` bytes each, at least 64.
    package init(slots: Int = 64, slotSize: Int = slotSizeMax) {
        precondition((1...65_536).contains(slots) && (64...Self.slotSizeMax).contains(slotSize))
        precondition(slots * slotSize < 1 << 31, "offsets are 32-bit numbers")
        guard let receiver = ts_receiver_create(UInt32(slots), UInt32(slotSize)) else {
            fatalError("no memory for \(slots) receive slots")
        }
        self.receiver = receiver
        arena = ts_receiver_arena(receiver)
        arenaSize = ts_receiver_arena_size(receiver)
        packets = ts_receiver_packets(receiver)
        capacity = slots
    }

    deinit { ts_receiver_destroy(receiver) }

    /// Forgets the datagrams.
    package mutating func clear() {
        ts_receiver_clear(receiver)
        count = 0
    }

    /// Appends up to `max` datagrams waiting on one socket; returns how many came. Errors that
    /// earlier sends left on the socket are skipped and counted.
    @discardableResult
    package mutating func receive(from socket: UDPHandle, tag: UInt32, max: Int = .max) -> Int {
        let got = ts_receive(receiver, socket.raw, tag, UInt32(clamping: max))
        precondition(got >= 0, "recvmmsg: \(Errno(rawValue: -got).name)")
        count += Int(got)
        return Int(got)
    }

    /// Takes from each ready socket in turn, as many datagrams as its `burst` says, until the
    /// slots are full; fills `received`. Returns how many of the sockets were visited.
    package mutating func receive(ready: UnsafeMutableBufferPointer<ts_ready>) -> Int {
        let visited = ts_receive_ready(receiver, ready.baseAddress, UInt32(ready.count))
        precondition(visited >= 0, "recvmsg: \(Errno(rawValue: -visited).name)")
        count = Int(ts_receiver_count(receiver))
        return Int(visited)
    }

    /// What happened since `init`.
    package var counters: ReceiveCounters {
        var values = ts_receive_counters()
        ts_receiver_counters(receiver, &values)
        return ReceiveCounters(
            calls: values.calls, pendingErrors: values.pendingErrors,
            lastError: values.lastError == 0 ? nil : Errno(rawValue: values.lastError))
    }
}

package struct ReceiveCounters: Sendable {
    /// System calls made.
    package let calls: UInt64
    /// ICMP errors of earlier sends that a receive brought up.
    package let pendingErrors: UInt64
    package let lastError: Errno?
}
