import Testing

@testable import Signaling

@Suite struct ResumeKeyTests {
    @Test func aLostWelcomeLeavesThePreviousSecretValid() {
        var key = ResumeKey([1])
        key.rotate(to: [2], from: [1])
        #expect(key.match([1]) == .valid)
        #expect(key.match([2]) == .valid)
        key.confirm()
        #expect(key.match([1]) == .taken)
        #expect(key.match([2]) == .valid)
        #expect(key.match([3]) == .foreign)
    }

    @Test func twoLostWelcomesInARow() {
        var key = ResumeKey([1])
        key.rotate(to: [2], from: [1])
        key.rotate(to: [3], from: [1])
        #expect(key.match([1]) == .valid, "the client has seen neither 2 nor 3")
        #expect(key.match([2]) == .foreign)
    }
}
