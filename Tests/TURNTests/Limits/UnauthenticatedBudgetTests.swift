import Primitives
import Testing

@testable import TURN

@Suite struct UnauthenticatedBudgetTests {
    private static func at(_ milliseconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: milliseconds * 1_000_000)
    }

    @Test func answersWithinTheFactorAreFree() {
        var budget = UnauthenticatedBudget(floorBitsPerSecond: 0, seed: (1, 2))
        let source = IPAddress(198, 51, 100, 7)
        for _ in 0..<10_000 {
            // 48 bytes in, 192 out, headers included.
            let answer = budget.admit(
                request: 20, full: 164, short: 100, from: source, at: Self.at(0))
            #expect(answer == .full)
        }
        func admit(_ full: Int, _ short: Int, _ source: IPAddress) -> UnauthenticatedAnswer {
            budget.admit(request: 20, full: full, short: short, from: source, at: Self.at(0))
        }
        #expect(admit(165, 100, source) == .short)
        #expect(admit(166, 165, source) == .silence)
        #expect(budget.counts.full == 10_000 && budget.counts.short == 1)
        #expect(budget.counts.silent == 1)
        // IPv6 headers are larger, on both ways.
        let six = IPAddress("2001:db8::1")!
        #expect(admit(224, 10, six) == .full)
        #expect(admit(225, 10, six) == .short)
    }

    /// The law itself: over every second, out <= floor + factor x in.
    @Test(arguments: 0..<12)
    func neverExceedsTheBoundOverAnySecond(seed: UInt64) {
        var random = SeededRandom(seed)
        let factor = random.below(3)
        let workers = 1 + random.below(3)
        let floor = UInt64(400_000)
        var budget = UnauthenticatedBudget(
            floorBitsPerSecond: floor, factor: factor, workers: workers, seed: (3, seed))
        var log: [(time: UInt64, bytesIn: UInt64, bytesOut: UInt64)] = []
        var time: UInt64 = 0
        for _ in 0..<6000 {
            time += UInt64(random.below(3))
            // Few prefixes and many in turn.
            let prefixes = time / 1500 % 2 == 0 ? 3 : 3000
            let source = IPAddress(v4: UInt32(random.below(prefixes)) << 8 | 9)
            let before = budget.counts
            let full = 100 + random.below(400)
            _ = budget.admit(
                request: 20 + random.below(40), full: full, short: full - 20,
                from: source, at: Self.at(time))
            log.append(
                (
                    time, budget.counts.bytesIn - before.bytesIn,
                    budget.counts.bytesOut - before.bytesOut
                ))
        }
        var last = 0
        var sumIn: UInt64 = 0
        var sumOut: UInt64 = 0
        for first in log.indices {
            while last < log.count, log[last].time < log[first].time + 1000 {
                sumIn += log[last].bytesIn
                sumOut += log[last].bytesOut
                last += 1
            }
            let bound = floor / 8 / UInt64(workers) + UInt64(factor) * sumIn
            #expect(sumOut <= bound, "seed \(seed), second from \(log[first].time) ms")
            sumIn -= log[first].bytesIn
            sumOut -= log[first].bytesOut
        }
        #expect(budget.counts.silent > 0, "the bound was never reached, seed \(seed)")
    }

    @Test func oneLoudPrefixLeavesRoomForOthers() {
        var budget = UnauthenticatedBudget(factor: 1, seed: (5, 6))
        var answered: [Int: Int] = [:]
        for millisecond in UInt64(0)..<3000 {
            for index in 0..<20 {
                // Nineteen of twenty requests come from prefix 0.
                let prefix = index == 7 ? 1 + Int(millisecond % 4) : 0
                let source = IPAddress(v4: UInt32(prefix) << 8 | UInt32(index))
                let answer = budget.admit(
                    request: 20, full: 120, short: 120, from: source, at: Self.at(millisecond))
                if millisecond >= 1000, answer == .full { answered[prefix, default: 0] += 1 }
            }
        }
        // Each quiet prefix asked 500 times in these two seconds: all within a fair share.
        for prefix in 1...4 { #expect(answered[prefix, default: 0] > 250) }
        #expect(answered[0, default: 0] < 1000)
        #expect(answered[0, default: 0] > 100)
    }

    @Test func theFloorComesBackWithTime() {
        var budget = UnauthenticatedBudget(floorBitsPerSecond: 80_000, factor: 0, seed: (1, 1))
        let source = IPAddress(1, 2, 3, 4)
        var granted = 0
        for second in UInt64(0)..<10 {
            for step in UInt64(0)..<100 {
                let answer = budget.admit(
                    request: 20, full: 172, short: 172, from: source,
                    at: Self.at(second * 1000 + step * 10))
                if answer == .full { granted += 1 }
            }
        }
        // 10,000 bytes a second and 200 an answer: at most 50 a second, and not much less.
        #expect((300...500).contains(granted))
    }
}
