import Primitives

/// Sorted ranges without overlap, each with the number of the entry it came from.
struct RangeTable: Sendable {
    private var lower: [IPAddress] = []
    private var upper: [IPAddress] = []
    private var entry: [UInt16] = []

    /// Where ranges overlap, the narrowest wins, then the first. At most 65,535 ranges count.
    init(_ ranges: [AddressRange], where include: (Int) -> Bool = { _ in true }) {
        // Widest first, so that each narrower range cuts its part out of what is there.
        let order = ranges.indices.prefix(Int(UInt16.max)).filter(include).sorted {
            let (a, b) = (ranges[$0].size, ranges[$1].size)
            return a == b ? $0 > $1 : a > b
        }
        for number in order { insert(ranges[number], UInt16(number)) }
    }

    var count: Int { entry.count }

    /// The entry of the range that holds `address`.
    func find(_ address: IPAddress) -> UInt16? {
        let index = firstIndex(endingAtOrAfter: address)
        guard index < lower.count, lower[index] <= address else { return nil }
        return entry[index]
    }

    /// Binary search on the upper ends.
    private func firstIndex(endingAtOrAfter address: IPAddress) -> Int {
        var low = 0
        var high = upper.count
        while low < high {
            let middle = (low + high) / 2
            if upper[middle] < address { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Replaces what lies under `range`; what sticks out on either side stays.
    private mutating func insert(_ range: AddressRange, _ number: UInt16) {
        let first = firstIndex(endingAtOrAfter: range.lower)
        var end = first
        while end < lower.count, lower[end] <= range.upper { end += 1 }
        var pieces: [(IPAddress, IPAddress, UInt16)] = []
        if first < end, lower[first] < range.lower {
            pieces.append((lower[first], range.lower.predecessor, entry[first]))
        }
        pieces.append((range.lower, range.upper, number))
        if first < end, range.upper < upper[end - 1] {
            pieces.append((range.upper.successor, upper[end - 1], entry[end - 1]))
        }
        lower.replaceSubrange(first..<end, with: pieces.map(\.0))
        upper.replaceSubrange(first..<end, with: pieces.map(\.1))
        entry.replaceSubrange(first..<end, with: pieces.map(\.2))
    }
}

extension AddressRange {
    /// How many addresses less one: fits where the count of all IPv6 addresses would not.
    fileprivate var size: UInt128 { upper.bits - lower.bits }
}

extension IPAddress {
    fileprivate var predecessor: IPAddress { IPAddress(family: family, bits: bits - 1) }

    fileprivate var successor: IPAddress { IPAddress(family: family, bits: bits + 1) }
}
