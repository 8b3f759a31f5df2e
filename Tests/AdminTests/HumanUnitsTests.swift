import Testing

@testable import Admin

@Suite struct HumanUnitsTests {
    @Test(arguments: [
        (0, "0 B"), (999, "999 B"), (1_000, "1.00 kB"), (1_999, "1.99 kB"), (12_345, "12.3 kB"),
        (999_999, "999 kB"), (52_345_678, "52.3 MB"), (1_050_000_000, "1.05 GB"),
        (UInt64.max, "18.4 EB"),
    ])
    func bytes(_ count: UInt64, _ text: String) {
        #expect(HumanUnits.bytes(count) == text)
    }

    @Test(arguments: [(0, "0"), (99_999, "99999"), (100_000, "100 k"), (1_234_567, "1.23 M")])
    func counts(_ count: UInt64, _ text: String) {
        #expect(HumanUnits.count(count) == text)
    }

    @Test(arguments: [
        (0, "0s"), (59, "59s"), (60, "1m00s"), (754, "12m34s"), (3_600, "1h00m"),
        (3_959, "1h05m"), (93_784, "1d02h"), (8_640_000, "100d00h"),
    ])
    func durations(_ seconds: UInt64, _ text: String) {
        #expect(HumanUnits.duration(seconds) == text)
    }
}
