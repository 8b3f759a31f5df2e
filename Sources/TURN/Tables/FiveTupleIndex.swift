import Primitives

/// Finds the allocation of a 5-tuple: open addressing, eight bytes per place, half to three
/// quarters full.
///
/// The hash is keyed, since clients choose their addresses and ports.
struct FiveTupleIndex {
    /// Upper half: hash. Lower half: allocation index + 1; 0 marks a free place.
    private var places: [UInt64]
    private var count = 0
    private let seed: UInt64

    init(seed: UInt64) {
        self.seed = seed
        places = Array(repeating: 0, count: 64)
    }

    private var mask: Int { places.count - 1 }

    func find(_ tuple: FiveTuple, in allocations: borrowing Slab<Allocation>) -> UInt32? {
        let hash = hash(tuple)
        var place = Int(hash) & mask
        while places[place] != 0 {
            if UInt32(truncatingIfNeeded: places[place] >> 32) == hash {
                let index = UInt32(truncatingIfNeeded: places[place]) - 1
                if allocations[index].tuple == tuple { return index }
            }
            place = (place + 1) & mask
        }
        return nil
    }

    /// Adds a 5-tuple that is not in the table.
    mutating func insert(_ tuple: FiveTuple, _ index: UInt32) {
        if (count + 1) * 4 > places.count * 3 { grow() }
        put(UInt64(hash(tuple)) << 32 | UInt64(index + 1))
        count += 1
    }

    mutating func remove(_ tuple: FiveTuple, _ index: UInt32) {
        let entry = UInt64(hash(tuple)) << 32 | UInt64(index + 1)
        var hole = Int(entry >> 32) & mask
        while places[hole] != entry {
            if places[hole] == 0 { return }
            hole = (hole + 1) & mask
        }
        count -= 1
        // Close the gap, so that no search stops early: move back what may lie at the hole.
        var place = hole
        while true {
            place = (place + 1) & mask
            let candidate = places[place]
            if candidate == 0 { break }
            let home = Int(candidate >> 32) & mask
            if (place - home) & mask >= (place - hole) & mask {
                places[hole] = candidate
                hole = place
            }
        }
        places[hole] = 0
    }

    private mutating func put(_ entry: UInt64) {
        var place = Int(entry >> 32) & mask
        while places[place] != 0 { place = (place + 1) & mask }
        places[place] = entry
    }

    private mutating func grow() {
        let old = places
        places = Array(repeating: 0, count: old.count * 2)
        for entry in old where entry != 0 { put(entry) }
    }

    private func hash(_ tuple: FiveTuple) -> UInt32 {
        let ip = tuple.client.ip
        let rest = UInt64(tuple.client.port) << 32 | UInt64(tuple.listener.index) << 8
        var state = seed ^ rest ^ UInt64(ip.family.rawValue)
        state = mix(state ^ ip.low)
        if ip.family == .ipv6 { state = mix(state ^ ip.high) }
        return UInt32(truncatingIfNeeded: mix(state) >> 32)
    }

    /// Multiplication to 128 bits folded to 64, with the odd fraction of the golden ratio.
    private func mix(_ word: UInt64) -> UInt64 {
        let product = (word ^ seed).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }
}
