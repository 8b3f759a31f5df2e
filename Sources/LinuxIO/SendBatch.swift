import CLinux
package import CPacket

/// Sends a loop turn's groups of datagrams in as few system calls as possible.
///
/// Neighbouring groups of one socket leave in one sendmmsg; a group of several equal segments
/// leaves as one UDP_SEGMENT send, and singly where the route or the interface cannot do that.
/// Nothing ever blocks or is retried later: what the kernel does not take is dropped and counted.
package struct SendBatch: ~Copyable {
    private let sender: OpaquePointer
    private var totals = ts_send_totals()

    package init() {
        guard let sender = ts_sender_create() else { fatalError("no memory for sending") }
        self.sender = sender
    }

    deinit { ts_sender_destroy(sender) }

    /// Sends `groups` in order and sets their `result`; a group whose socket cannot merge (EIO)
    /// comes back with `TS_GROUP_SINGLY`, for the caller to set on later groups of that socket.
    /// Header and payload offsets of the segments count from `headers` and `payloads`.
    package mutating func send(
        groups: UnsafeMutableBufferPointer<ts_group>, segments: UnsafePointer<ts_segment>,
        headers: UnsafeRawPointer, payloads: UnsafeRawPointer
    ) {
        ts_send(
            sender, groups.baseAddress, UInt32(groups.count), segments, headers, payloads, &totals)
        precondition(
            totals.programError == 0, "sendmmsg: \(Errno(rawValue: totals.programError).name)")
    }

    /// What happened since `init`.
    package var counters: SendCounters { SendCounters(totals) }
}

package struct SendCounters: Hashable, Sendable {
    /// Datagrams the kernel took, and their UDP payload bytes.
    package let datagrams: UInt64
    package let bytes: UInt64
    /// System calls made.
    package let calls: UInt64
    /// Datagrams dropped because a send buffer or an interface queue was full.
    package let droppedFull: UInt64
    /// Datagrams dropped because they exceed the MTU and must not be fragmented.
    package let droppedTooBig: UInt64
    /// Datagrams that the host's firewall refused.
    package let droppedRefused: UInt64
    /// Datagrams without a route, and anything else.
    package let droppedOther: UInt64
    /// Merged groups that had to be sent again singly.
    package let resentSingly: UInt32
    /// Merged groups whose interface cannot do that at all.
    package let mergeRefused: UInt32
    /// The reason of the newest drop.
    package let lastError: Errno?

    init(_ totals: ts_send_totals) {
        datagrams = totals.datagrams
        bytes = totals.bytes
        calls = totals.calls
        droppedFull = totals.droppedFull
        droppedTooBig = totals.droppedTooBig
        droppedRefused = totals.droppedRefused
        droppedOther = totals.droppedOther
        resentSingly = totals.resentSingly
        mergeRefused = totals.mergeRefused
        lastError = totals.lastError == 0 ? nil : Errno(rawValue: totals.lastError)
    }

    /// All datagrams that were not sent.
    package var dropped: UInt64 { droppedFull + droppedTooBig + droppedRefused + droppedOther }
}
