/// One worker's flow tables and send queue. Install and remove calls come from `TURN`'s actions;
/// `forwardFromClients` and `forwardFromPeers` are the packet path.
package struct Forwarder: ~Copyable {
    var table: FlowTable
    var allocations = RecordSlab<AllocationRecord>()
    var bindings = RecordSlab<BindingRecord>()
    var permissions = RecordSlab<PermissionRecord>()
    var meters = RecordSlab<MeterPair>()
    var leases = RecordSlab<Lease>()
    var totalLease = Lease()
    var limitsUsers = false
    var limitsTotal = false
    /// Bytes that are to be fetched from shared buckets before the next batch.
    package var leaseRequests: Outbox<LeaseRequest>
    /// What the current batch sends.
    package var transmit = TransmitQueue()
    /// What the current batch hands to `TURN`: STUN messages, in order of arrival.
    package var control: Outbox<ControlDatagram>
    /// What the current batch hands to DTLS: records, in order of arrival.
    package var secured: Outbox<ControlDatagram>
    /// What the current batch hands to other workers.
    package var handovers: Outbox<Handover>
    /// The lower half of the transaction id of the last Data indication.
    var transactions: UInt64
    /// One counter for each `DropReason`, in its order.
    let drops: UnsafeMutablePointer<UInt64>
    /// What all allocations relayed so far, also those that ended.
    package internal(set) var totals = Traffic()
    /// Datagrams handed from one allocation to another in memory.
    package internal(set) var hairpinned: UInt64 = 0

    /// This worker's number, and which relay ports belong to whom.
    let worker: UInt8
    let relays: RelayMap.View
    /// The highest first byte of ChannelData: 0x4F (RFC 8656 §12), or 0x7F where the numbers of
    /// RFC 5766 are served.
    private(set) var channelByteMax: UInt8
    /// Keeps the memory behind `relays` alive.
    private let relayMap: RelayMap

    /// Takes channels above 0x4FFF for what RFC 5766 §11 says, or for nothing.
    package mutating func serveHighChannels(_ isOn: Bool) {
        channelByteMax = Self.channelByteMax(isOn)
    }

    private static func channelByteMax(_ servesHigh: Bool) -> UInt8 { servesHigh ? 0x7f : 0x4f }

    /// `seed` and `transactionSeed` are random: the first keys the hash, the second starts the
    /// transaction ids of Data indications. `worker` counts from 0; all workers share `relays`.
    package init(
        worker: UInt8, relays: RelayMap, highChannels: Bool = false, seed: UInt64,
        transactionSeed: UInt64
    ) {
        channelByteMax = Self.channelByteMax(highChannels)
        self.worker = worker
        self.relays = relays.view
        relayMap = relays
        table = FlowTable(seed: seed)
        transactions = transactionSeed
        control = Outbox(capacity: TransmitQueue.segmentCapacity)
        secured = Outbox(capacity: TransmitQueue.segmentCapacity)
        handovers = Outbox(capacity: TransmitQueue.segmentCapacity)
        leaseRequests = Outbox(capacity: TransmitQueue.segmentCapacity)
        drops = .allocate(capacity: DropReason.allCases.count)
        drops.initialize(repeating: 0, count: DropReason.allCases.count)
    }

    deinit { drops.deallocate() }

    /// How many datagrams were dropped for `reason` since the start.
    package func dropped(_ reason: DropReason) -> UInt64 { drops[reason.rawValue] }

    @inline(__always)
    func drop(_ reason: DropReason) { drops[reason.rawValue] &+= 1 }

    /// Forgets the batch after its sends, control datagrams and handovers were dealt with.
    @inline(__always)
    package mutating func finishBatch() {
        transmit.removeAll()
        control.removeAll()
        secured.removeAll()
        handovers.removeAll()
        leaseRequests.removeAll()
    }
}

/// A STUN message for `TURN`, or DTLS records: where it lies in the receive arena, and which
/// received record names its sender.
package struct ControlDatagram: BitwiseCopyable {
    package var payloadOffset: UInt32
    package var length: UInt32
    package var received: UInt32
}

/// A datagram for an allocation of another worker (hairpin across workers).
package struct Handover: BitwiseCopyable {
    package var payloadOffset: UInt32
    package var length: UInt32
    /// The sender's advertised relayed transport address: what the receiver sees as its peer.
    package var source: PacketAddress
    /// The relayed transport address it is for.
    package var destination: PacketAddress
    /// The sending allocation, for its counters when the ring is full.
    package var allocation: UInt32
    /// The worker it is for, counted from 0.
    package var worker: UInt8

    package init(
        payloadOffset: UInt32, length: UInt32, source: PacketAddress, destination: PacketAddress,
        allocation: UInt32, worker: UInt8
    ) {
        self.payloadOffset = payloadOffset
        self.length = length
        self.source = source
        self.destination = destination
        self.allocation = allocation
        self.worker = worker
    }
}

/// A transport address in the layout of the packet records.
package struct PacketAddress: BitwiseCopyable, Equatable, Sendable {
    package var high: UInt64
    package var low: UInt64
    package var port: UInt16
    /// 4 or 6; 0 means none.
    package var family: UInt8

    package init(high: UInt64, low: UInt64, port: UInt16, family: UInt8) {
        self.high = high
        self.low = low
        self.port = port
        self.family = family
    }

    init(_ endpoint: Endpoint) {
        self.init(
            high: endpoint.high, low: endpoint.low, port: endpoint.port, family: endpoint.family)
    }
}

/// A list of bounded size whose memory is taken at start.
package struct Outbox<Item: BitwiseCopyable>: ~Copyable {
    private let items: UnsafeMutablePointer<Item>
    private let capacity: Int
    package private(set) var count = 0

    init(capacity: Int) {
        items = .allocate(capacity: capacity)
        self.capacity = capacity
    }

    deinit { items.deallocate() }

    package subscript(index: Int) -> Item {
        precondition(index < count, "index out of bounds")
        return items[index]
    }

    @inline(__always)
    mutating func append(_ item: Item) -> Bool {
        guard count < capacity else { return false }
        (items + count).initialize(to: item)
        count &+= 1
        return true
    }

    @inline(__always)
    mutating func removeAll() { count = 0 }
}
