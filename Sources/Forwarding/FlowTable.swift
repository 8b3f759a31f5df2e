/// The key of one entry: 24 bytes that spell out what is looked up, so that equal keys are equal
/// lookups and no record has to be read to compare.
struct FlowKey {
    var a: UInt64
    var b: UInt64
    var c: UInt64

    /// What a key is about; it keeps the keys of different questions apart in one table.
    enum Kind: UInt64 {
        case client = 1
        case channel
        case peer
        case permission
        case relay
    }

    /// Who sent this datagram to a listener? -> allocation.
    @inline(__always)
    static func client(
        _ high: UInt64, _ low: UInt64, port: UInt16, family: UInt8, listener: UInt16
    ) -> FlowKey {
        FlowKey(
            a: high, b: low,
            c: Kind.client.rawValue << 60 | UInt64(listener) << 32 | UInt64(family) << 16
                | UInt64(port))
    }

    /// Which channel number of this allocation? -> binding.
    @inline(__always)
    static func channel(_ allocation: UInt32, _ number: UInt16) -> FlowKey {
        FlowKey(a: UInt64(allocation), b: UInt64(number), c: Kind.channel.rawValue << 60)
    }

    /// Which channel is this peer bound to? -> binding.
    @inline(__always)
    static func peer(
        _ allocation: UInt32, _ high: UInt64, _ low: UInt64, port: UInt16, family: UInt8
    ) -> FlowKey {
        FlowKey(
            a: high, b: low,
            c: Kind.peer.rawValue << 60 | UInt64(allocation) << 24 | UInt64(family & 15) << 16
                | UInt64(port))
    }

    /// May this peer address talk? -> permission (ports do not count: RFC 8656 §9).
    @inline(__always)
    static func permission(
        _ allocation: UInt32, _ high: UInt64, _ low: UInt64, family: UInt8
    ) -> FlowKey {
        FlowKey(
            a: high, b: low,
            c: Kind.permission.rawValue << 60 | UInt64(allocation) << 24
                | UInt64(family & 15) << 16)
    }

    /// Which allocation has this relayed transport address? -> allocation.
    @inline(__always)
    static func relay(_ high: UInt64, _ low: UInt64, port: UInt16, family: UInt8) -> FlowKey {
        FlowKey(
            a: high, b: low,
            c: Kind.relay.rawValue << 60 | UInt64(family) << 16 | UInt64(port))
    }
}

/// Open addressing with linear probing, a power of two in size and at most half full.
///
/// Entries are 32 bytes in one flat block. Inserting may grow the block (control path); looking
/// up never allocates. The hash is keyed with `seed`, so that a sender who chooses addresses and
/// ports cannot make chains long.
struct FlowTable: ~Copyable {
    struct Entry {
        var key: FlowKey
        var value: UInt32
        var used: UInt32
    }

    private var entries: UnsafeMutablePointer<Entry>
    private var mask: Int
    private(set) var count = 0
    private let seed: UInt64

    init(seed: UInt64, capacity: Int = 64) {
        self.seed = seed | 1
        mask = capacity - 1
        entries = Self.blank(capacity)
    }

    deinit { entries.deallocate() }

    private static func blank(_ capacity: Int) -> UnsafeMutablePointer<Entry> {
        precondition(capacity > 0 && capacity & (capacity - 1) == 0, "not a power of two")
        let block = UnsafeMutablePointer<Entry>.allocate(capacity: capacity)
        let empty = Entry(key: FlowKey(a: 0, b: 0, c: 0), value: 0, used: 0)
        block.initialize(repeating: empty, count: capacity)
        return block
    }

    /// Two rounds of multiply-and-fold; both halves of each product count.
    @inline(__always)
    private func slot(_ key: FlowKey) -> Int {
        let first = (key.a ^ seed).multipliedFullWidth(by: key.b ^ 0x9e37_79b9_7f4a_7c15)
        let mixed = first.high ^ first.low ^ key.c
        let second = (mixed ^ seed).multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
        return Int(truncatingIfNeeded: second.high ^ second.low) & mask
    }

    /// The value stored for `key`, or nil.
    @inline(__always)
    func find(_ key: FlowKey) -> UInt32? {
        var index = slot(key)
        while entries[index].used != 0 {
            if Self.equal(entries[index].key, key) { return entries[index].value }
            index = (index &+ 1) & mask
        }
        return nil
    }

    @inline(__always)
    private static func equal(_ x: FlowKey, _ y: FlowKey) -> Bool {
        (x.a ^ y.a) | (x.b ^ y.b) | (x.c ^ y.c) == 0
    }

    /// Stores `value` for `key`, replacing what was there.
    mutating func insert(_ key: FlowKey, _ value: UInt32) {
        if (count + 1) * 2 > mask + 1 { grow() }
        var index = slot(key)
        while entries[index].used != 0 {
            if Self.equal(entries[index].key, key) {
                entries[index].value = value
                return
            }
            index = (index + 1) & mask
        }
        entries[index] = Entry(key: key, value: value, used: 1)
        count += 1
    }

    /// Removes `key` if it is there and stands for `value`; another owner's entry stays.
    @discardableResult
    mutating func remove(_ key: FlowKey, ifValue value: UInt32) -> Bool {
        var index = slot(key)
        while entries[index].used != 0 {
            if Self.equal(entries[index].key, key) {
                guard entries[index].value == value else { return false }
                closeGap(at: index)
                return true
            }
            index = (index + 1) & mask
        }
        return false
    }

    /// Moves later entries of the chain back, so that no tombstones are needed.
    private mutating func closeGap(at start: Int) {
        var gap = start
        var index = (start + 1) & mask
        while entries[index].used != 0 {
            let home = slot(entries[index].key)
            if (index - home) & mask >= (index - gap) & mask {
                entries[gap] = entries[index]
                gap = index
            }
            index = (index + 1) & mask
        }
        entries[gap].used = 0
        count -= 1
    }

    private mutating func grow() {
        let old = entries
        let oldCapacity = mask + 1
        entries = Self.blank(oldCapacity * 2)
        mask = oldCapacity * 2 - 1
        count = 0
        for index in 0..<oldCapacity where old[index].used != 0 {
            insert(old[index].key, old[index].value)
        }
        old.deallocate()
    }
}
