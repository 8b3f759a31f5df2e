import Testing

@testable import Admin

@Suite struct AllocationNameTests {
    @Test(arguments: ["0-0-0", "1-17-3", "65535-4294967295-4294967295"])
    func readsWhatItWrites(_ text: String) throws {
        #expect(try #require(AllocationName(text)).description == text)
    }

    @Test(arguments: [
        "", "1", "1-2", "1-2-3-4", "-1-2-3", "+1-2-3", "01-2-3", "1-2-3 ", "65536-0-0",
    ])
    func refusesEverySecondSpelling(_ text: String) {
        #expect(AllocationName(text) == nil)
    }
}
