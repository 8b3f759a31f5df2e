/// A point on the monotonic clock, in nanoseconds since an arbitrary start.
///
/// Cores never read a clock: the caller passes one in (ARCHITECTURE.md, law 1).
package struct MonotonicTime: Hashable, Comparable, Sendable {
    package var nanoseconds: UInt64

    @inline(__always)
    package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    @inline(__always)
    package static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }

    /// Saturates instead of wrapping: "never" plus something is still "never".
    @inline(__always)
    package static func + (a: Self, seconds: Seconds) -> Self {
        let (sum, overflow) = a.nanoseconds.addingReportingOverflow(seconds.nanoseconds)
        return Self(nanoseconds: overflow ? .max : sum)
    }

    /// The time from `earlier` to here in nanoseconds; 0 when `earlier` is later.
    @inline(__always)
    package func nanoseconds(since earlier: Self) -> UInt64 {
        nanoseconds > earlier.nanoseconds ? nanoseconds - earlier.nanoseconds : 0
    }

    package static let never = Self(nanoseconds: .max)
}

/// A number of whole seconds, as the protocols count lifetimes.
package struct Seconds: Hashable, Comparable, Sendable {
    package var count: UInt32

    package init(_ count: UInt32) { self.count = count }

    package var nanoseconds: UInt64 { UInt64(count) * 1_000_000_000 }

    package static func < (a: Self, b: Self) -> Bool { a.count < b.count }
}

/// The two clocks of one moment. Intervals use `monotonic`; only the expiry written in a REST
/// user name is compared with `unixSeconds`, since its issuer has no other clock in common.
package struct Now: Hashable, Sendable {
    package var monotonic: MonotonicTime
    package var unixSeconds: UInt64

    package init(monotonic: MonotonicTime, unixSeconds: UInt64) {
        self.monotonic = monotonic
        self.unixSeconds = unixSeconds
    }
}
