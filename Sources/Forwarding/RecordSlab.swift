/// Fixed-size records in one block, addressed by index; freed indices are used again.
///
/// Taking a record may grow the block (control path only), which moves every record: keep
/// indices, never addresses, across a call that may take one.
struct RecordSlab<Record: BitwiseCopyable>: ~Copyable {
    private(set) var base: UnsafeMutablePointer<Record>
    private var capacity: Int
    private var used = 0
    private var free: [UInt32] = []

    init(capacity: Int = 16) {
        base = .allocate(capacity: capacity)
        self.capacity = capacity
    }

    deinit { base.deallocate() }

    /// How many records are taken.
    var count: Int { used - free.count }

    mutating func take(_ record: Record) -> UInt32 {
        if let index = free.popLast() {
            base[Int(index)] = record
            return index
        }
        reserve(used + 1)
        (base + used).initialize(to: record)
        used += 1
        return UInt32(used - 1)
    }

    /// Puts a record at an index that the caller chose (indices that `TURN` gives out).
    mutating func place(_ record: Record, at index: UInt32, vacant: Record) {
        reserve(Int(index) + 1)
        while used <= Int(index) {
            (base + used).initialize(to: vacant)
            used += 1
        }
        base[Int(index)] = record
    }

    mutating func release(_ index: UInt32) { free.append(index) }

    /// Whether `index` was ever taken; untrusted tags are checked with it.
    @inline(__always)
    func holds(_ index: UInt32) -> Bool { Int(index) < used }

    private mutating func reserve(_ needed: Int) {
        guard needed > capacity else { return }
        let larger = UnsafeMutablePointer<Record>.allocate(capacity: max(needed, capacity * 2))
        larger.moveInitialize(from: base, count: used)
        base.deallocate()
        base = larger
        capacity = max(needed, capacity * 2)
    }
}
