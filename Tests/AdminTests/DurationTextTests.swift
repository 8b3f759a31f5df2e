import Testing

@testable import Admin

@Suite struct DurationTextTests {
    @Test(arguments: [
        ("0", 0), ("90", 90), ("90s", 90), ("10m", 600), ("2h", 7_200), ("1d", 86_400),
    ])
    func reads(_ text: String, _ seconds: UInt32) {
        #expect(DurationText.seconds(text) == seconds)
    }

    @Test(arguments: ["", "m", "-1", "+1", "1.5h", "1w", "1 m", "4294967296", "4294967295m", "1mm"])
    func refuses(_ text: String) {
        #expect(DurationText.seconds(text) == nil)
    }
}
