import Primitives
import Testing

@Suite struct TokenBucketTests {
    private func at(_ nanoseconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: nanoseconds)
    }

    private func take(_ bucket: inout TokenBucket, _ amount: UInt64, at now: MonotonicTime) -> Bool
    {
        bucket.take(amount, at: now)
    }

    @Test func holdsTheBurstAndFillsAtTheRate() {
        var bucket = TokenBucket(TokenRate(perSecond: 10, burst: 5))
        #expect(bucket.available(at: at(0)) == 5)
        #expect(take(&bucket, 5, at: at(0)))
        #expect(!take(&bucket, 1, at: at(0)))
        #expect(!take(&bucket, 1, at: at(99_000_000)))
        #expect(take(&bucket, 1, at: at(100_000_001)))
        #expect(bucket.available(at: at(10_000_000_000)) == 5)
        #expect(bucket.isFull(at: at(10_000_000_000)))
        #expect(!take(&bucket, 6, at: at(20_000_000_000)))
    }

    @Test func aClockThatGoesBackGivesNothing() {
        var bucket = TokenBucket(TokenRate(perSecond: 10, burst: 5))
        let later = at(50_000_000_000)
        #expect(take(&bucket, 5, at: later))
        #expect(!take(&bucket, 1, at: at(40_000_000_000)))
        #expect(bucket.available(at: at(0)) == 0)
    }

    @Test func zeroIsNoLimit() {
        var bucket = TokenBucket(.unlimited)
        #expect(take(&bucket, .max, at: at(0)))
        #expect(bucket.available(at: at(0)) == .max)
    }

    /// Over any time: taken <= burst + rate x time, and a busy taker gets nearly all of it.
    @Test(arguments: [1, 20, 1000, 125_000, 12_500_000, 1_250_000_000] as [UInt64])
    func keepsTheRate(perSecond: UInt64) {
        let burst = max(perSecond / 4, 2000)
        var bucket = TokenBucket(TokenRate(perSecond: perSecond, burst: burst))
        var taken: UInt64 = 0
        var generator = SystemRandomNumberGenerator()
        let end: UInt64 = 5_000_000_000
        var now: UInt64 = 0
        while now < end {
            let amount = UInt64.random(in: 1...1500, using: &generator)
            if bucket.take(amount, at: at(now)) { taken += amount }
            now += UInt64.random(in: 0...100_000, using: &generator)
        }
        #expect(taken <= burst + perSecond * 5 + 1)
        if perSecond <= 12_500_000 { #expect(taken + 3000 >= (burst + perSecond * 5) / 10 * 9) }
    }
}
