import Primitives
import Testing

@testable import TURN

@Suite struct RangeTableTests {
    @Test(arguments: 0..<40)
    func agreesWithALinearSearch(seed: UInt64) {
        var random = SeededRandom(seed)
        let ranges = (0..<Int(random.next() % 30)).map { _ in
            // A small space, so that ranges overlap, nest and touch.
            let a = UInt128(random.next() % 64)
            let b = UInt128(random.next() % 64)
            let family: AddressFamily = random.next() % 2 == 0 ? .ipv4 : .ipv6
            let base: UInt128 = random.next() % 2 == 0 ? 0 : (family == .ipv4 ? 1 << 32 : 0) &- 64
            return AddressRange(
                IPAddress(family: family, bits: base &+ min(a, b)),
                IPAddress(family: family, bits: base &+ max(a, b)))!
        }
        let table = RangeTable(ranges)
        for family in AddressFamily.allCases {
            let top: UInt128 = family == .ipv4 ? 0xffff_ffff : .max
            for offset in UInt128(0)..<70 {
                for bits in [offset, top - offset] {
                    let address = IPAddress(family: family, bits: bits)
                    #expect(table.find(address) == naive(ranges, address), "seed \(seed)")
                }
            }
        }
    }

    /// The narrowest range that holds the address, the first of equals.
    private func naive(_ ranges: [AddressRange], _ address: IPAddress) -> UInt16? {
        ranges.indices.filter { ranges[$0].contains(address) }
            .min {
                let (a, b) = (ranges[$0], ranges[$1])
                let (sizeA, sizeB) = (a.upper.bits - a.lower.bits, b.upper.bits - b.lower.bits)
                return sizeA == sizeB ? $0 < $1 : sizeA < sizeB
            }
            .map(UInt16.init)
    }

    @Test func isEmptyWithoutRanges() {
        #expect(RangeTable([]).find(IPAddress(1, 2, 3, 4)) == nil)
    }
}
