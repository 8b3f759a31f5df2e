import Testing

@testable import Admin

@Suite struct EndpointPatternTests {
    @Test(arguments: [
        "", "host", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:+1", "[1.2.3.4]:5", "[::1", "[::1]x",
        "[::1]:", "::1:99999", "1.2.3.4:123456",
    ])
    func refusesWhatIsNotAnAddress(_ text: String) {
        #expect(EndpointPattern(text) == nil)
    }

    @Test func aBareIPv6AddressHasNoPort() throws {
        let pattern = try #require(EndpointPattern("2001:db8::1:3478"))
        #expect(pattern.port == nil)
        #expect(EndpointPattern("[2001:db8::1]")?.port == nil)
    }
}
