/// What one scenario gave.
struct LoadResult {
    var scenario = ""
    var sent: UInt64 = 0
    var received: UInt64 = 0
    var receivedBytes: UInt64 = 0
    /// Packets that never came back, that came back wrong, that came behind a later one.
    var lost: UInt64 = 0
    var bad: UInt64 = 0
    var outOfOrder: UInt64 = 0
    var elapsedNanoseconds: UInt64 = 0
    /// CPU time of the server's process.
    var serverNanoseconds: UInt64 = 0
    /// Time in which the generator had something to do.
    var busyNanoseconds: UInt64 = 0
    /// From sending to seeing, nanoseconds.
    var p50: UInt64 = 0
    var p99: UInt64 = 0

    var json: String {
        let count = Double(max(1, received))
        return jsonObject([
            ("scenario", "\"\(scenario)\""),
            ("pps", number(count * 1e9 / Double(max(1, elapsedNanoseconds)))),
            ("serverNs", number(Double(serverNanoseconds) / count)),
            ("generatorNs", number(Double(busyNanoseconds) / count)),
            ("generatorBusy", number(Double(busyNanoseconds) / Double(max(1, elapsedNanoseconds)))),
            ("p50us", number(Double(p50) / 1000)), ("p99us", number(Double(p99) / 1000)),
            ("received", "\(received)"), ("lost", "\(lost)"), ("bad", "\(bad)"),
            ("outOfOrder", "\(outOfOrder)"),
        ])
    }
}

func jsonObject(_ members: [(name: String, value: String)]) -> String {
    "{" + members.map { "\"\($0.name)\": \($0.value)" }.joined(separator: ", ") + "}"
}

/// Three decimals.
func number(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }

/// Counts times by size, with a relative error below 1/32.
struct Histogram {
    private var buckets = [UInt64](repeating: 0, count: 64 * 32)
    private var total: UInt64 = 0

    mutating func add(_ value: UInt64) {
        buckets[Self.bucket(value)] += 1
        total += 1
    }

    /// The smallest value of the bucket in which that share of all values ends.
    func quantile(_ share: Double) -> UInt64 {
        let wanted = UInt64(Double(total) * share)
        var seen: UInt64 = 0
        for (index, count) in buckets.enumerated() {
            seen += count
            if count > 0, seen > wanted { return Self.value(index) }
        }
        return 0
    }

    private static func bucket(_ value: UInt64) -> Int {
        guard value >= 32 else { return Int(value) }
        let shift = 58 - value.leadingZeroBitCount
        return (shift + 1) * 32 + Int(value >> UInt64(shift)) - 32
    }

    private static func value(_ bucket: Int) -> UInt64 {
        guard bucket >= 32 else { return UInt64(bucket) }
        let shift = bucket / 32 - 1
        return UInt64(bucket % 32 + 32) << UInt64(shift)
    }
}
