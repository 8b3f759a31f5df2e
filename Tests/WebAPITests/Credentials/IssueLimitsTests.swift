import Primitives
import Testing

@testable import WebAPI

@Suite struct IssueLimitsTests {
    private func at(_ seconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: (1_000 + seconds) * 1_000_000_000)
    }

    @Test("A refused user takes nothing from the key, a refused key nothing from its users")
    func independence() {
        var limits = IssueLimits()
        func take(_ user: String?, _ seconds: UInt64, times: Int) -> Set<Int?> {
            Set((0..<times).map { _ in limits.take(key: "a", user: user, at: at(seconds)) })
        }
        #expect(take("u", 0, times: 6) == [nil])
        #expect(take("u", 0, times: 100) == [10])
        #expect(take(nil, 0, times: 54) == [nil])
        #expect(take("v", 0, times: 1) == [1])
        #expect(take("v", 60, times: 6) == [nil])
    }

    @Test("The table forgets who is full and stops at its bound")
    func bound() {
        var table = BucketTable<Int>(rate: TokenRate(perSecond: 1, burst: 60))
        for owner in 0..<30_000 { _ = table.take(60, owner, at: at(0)) }
        #expect(table.count == BucketTable<Int>.countMax)
        let atBound = table.take(1, -1, at: at(0))
        #expect(!atBound)
        let afterMinute = table.take(1, -1, at: at(61))
        #expect(afterMinute)
        #expect(table.count == 1)
    }
}
