/// Ports, as sorted ranges that neither touch nor overlap.
package struct PortSet: Hashable, Sendable {
    package private(set) var ranges: [ClosedRange<UInt16>] = []

    package static let all = PortSet([0...UInt16.max])

    package init() {}

    /// Ranges in any order; they may overlap.
    package init(_ ranges: [ClosedRange<UInt16>]) {
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            // 65535 has no port behind it that could touch.
            if let last = self.ranges.last, Int(range.lowerBound) <= Int(last.upperBound) + 1 {
                let end = max(last.upperBound, range.upperBound)
                self.ranges[self.ranges.count - 1] = last.lowerBound...end
            } else {
                self.ranges.append(range)
            }
        }
    }

    package init(_ ports: some Sequence<UInt16>) { self.init(ports.map { $0...$0 }) }

    package var isEmpty: Bool { ranges.isEmpty }

    package var count: Int {
        ranges.reduce(0) { $0 + Int($1.upperBound) - Int($1.lowerBound) + 1 }
    }

    package func contains(_ port: UInt16) -> Bool { ranges.contains { $0.contains(port) } }

    package func union(_ other: PortSet) -> PortSet { PortSet(ranges + other.ranges) }

    package func intersection(_ other: PortSet) -> PortSet {
        var common: [ClosedRange<UInt16>] = []
        for a in ranges {
            for b in other.ranges where a.overlaps(b) { common.append(a.clamped(to: b)) }
        }
        return PortSet(common)
    }

    package func subtracting(_ other: PortSet) -> PortSet { intersection(other.inverted) }

    /// Every other port.
    package var inverted: PortSet {
        var gaps: [ClosedRange<UInt16>] = []
        var next = 0
        for range in ranges {
            if next < Int(range.lowerBound) { gaps.append(UInt16(next)...(range.lowerBound - 1)) }
            next = Int(range.upperBound) + 1
        }
        if next <= Int(UInt16.max) { gaps.append(UInt16(next)...UInt16.max) }
        return PortSet(gaps)
    }
}

extension PortSet: CustomStringConvertible {
    /// `3478, 49152-65535`, as nftables writes it between braces.
    package var description: String { text(rangeMark: "-").joined(separator: ", ") }

    /// Each range by itself, with what a tool puts between its ends.
    package func text(rangeMark: String) -> [String] {
        ranges.map {
            $0.lowerBound == $0.upperBound
                ? "\($0.lowerBound)" : "\($0.lowerBound)\(rangeMark)\($0.upperBound)"
        }
    }
}
