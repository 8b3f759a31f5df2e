import Primitives
import Testing

@Suite struct SharedTokenBucketsTests {
    private func at(_ nanoseconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: nanoseconds)
    }

    @Test func leasesWhatIsThere() {
        let buckets = SharedTokenBuckets(count: 2, rate: TokenRate(perSecond: 1000, burst: 1000))
        #expect(buckets.lease(0, upTo: 600, at: at(0)) == 600)
        #expect(buckets.lease(0, upTo: 600, at: at(0)) == 400)
        #expect(buckets.lease(0, upTo: 600, at: at(0)) == 0)
        #expect(buckets.lease(1, upTo: 600, at: at(0)) == 600)
        #expect(buckets.lease(0, upTo: 600, at: at(500_000_000)) == 500)
        buckets.refill(0)
        #expect(buckets.lease(0, upTo: 5000, at: at(500_000_000)) == 1000)
    }

    @Test func followsANewRate() {
        let buckets = SharedTokenBuckets(count: 1, rate: .unlimited)
        #expect(buckets.lease(0, upTo: 1 << 60, at: at(0)) == 1 << 60)
        buckets.setRate(TokenRate(perSecond: 10, burst: 10))
        #expect(buckets.lease(0, upTo: 100, at: at(0)) == 10)
    }

    /// Workers that lease at the same time never get more than the bucket had.
    @Test func sharesExactlyBetweenThreads() async {
        let buckets = SharedTokenBuckets(
            count: 1, rate: TokenRate(perSecond: 100_000, burst: 100_000))
        let total = await withTaskGroup(of: UInt64.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var sum: UInt64 = 0
                    for _ in 0..<5000 {
                        sum += buckets.lease(0, upTo: 7, at: MonotonicTime(nanoseconds: 1))
                    }
                    return sum
                }
            }
            return await group.reduce(0, +)
        }
        #expect(total == 100_000)
    }
}
