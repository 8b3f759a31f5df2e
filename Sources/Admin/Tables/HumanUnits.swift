/// Numbers as people read them; programs take the JSON.
enum HumanUnits {
    /// `0 B`, `999 B`, `52.3 MB`: decimal prefixes, three digits.
    static func bytes(_ count: UInt64) -> String { scaled(count) + "B" }

    /// `960 kbit/s`.
    static func bitsPerSecond(_ rate: UInt64) -> String { scaled(rate) + "bit/s" }

    /// Exact up to five digits, then `1.20 M`.
    static func count(_ count: UInt64) -> String {
        count < 100_000 ? String(count) : scaled(count)
    }

    /// The two largest units: `45s`, `12m34s`, `1h05m`, `3d02h`.
    static func duration(_ seconds: UInt64) -> String {
        let units: [(size: UInt64, name: String)] = [
            (86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"),
        ]
        guard let index = units.firstIndex(where: { $0.size <= max(seconds, 1) }) else { return "" }
        let large = units[index]
        let text = "\(seconds / large.size)\(large.name)"
        guard index + 1 < units.count else { return text }
        let small = units[index + 1]
        let rest = seconds % large.size / small.size
        return text + (rest < 10 ? "0" : "") + "\(rest)\(small.name)"
    }

    /// Three significant digits, a space and the prefix; rounds down, so that nothing looks fuller
    /// than it is.
    private static func scaled(_ value: UInt64) -> String {
        let prefixes = ["", "k", "M", "G", "T", "P", "E"]
        var divisor: UInt64 = 1
        var index = 0
        while value / divisor >= 1_000 {
            divisor *= 1_000
            index += 1
        }
        let whole = value / divisor
        // Below one thousand there is nothing behind the point.
        guard index > 0, whole < 100 else { return "\(whole) \(prefixes[index])" }
        let places: UInt64 = whole < 10 ? 2 : 1
        let unit: UInt64 = whole < 10 ? 100 : 10
        let fraction = value % divisor / (divisor / unit)
        let digits = String(fraction)
        let zeros = String(repeating: "0", count: Int(places) - digits.utf8.count)
        return "\(whole).\(zeros)\(digits) \(prefixes[index])"
    }
}
