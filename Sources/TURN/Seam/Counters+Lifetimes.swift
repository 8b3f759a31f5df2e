extension Counters {
    /// How long allocations lived that have ended.
    package struct Lifetimes: Sendable, Hashable {
        /// Upper bounds in seconds, from a client that gave up at once to a day; what lived longer
        /// is in the last bucket.
        package static let bounds: [UInt32] = [1, 10, 60, 300, 900, 3600, 14_400, 86_400]

        /// One more than `bounds`; each holds only what is in no smaller one.
        package private(set) var buckets = [UInt64](repeating: 0, count: bounds.count + 1)
        package private(set) var sumSeconds: UInt64 = 0

        package init() {}

        mutating func add(_ seconds: UInt32) {
            buckets[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
            sumSeconds += UInt64(seconds)
        }

        package static func + (a: Self, b: Self) -> Self {
            var sum = a
            for index in sum.buckets.indices { sum.buckets[index] += b.buckets[index] }
            sum.sumSeconds += b.sumSeconds
            return sum
        }
    }
}
