import Testing

@testable import Signaling

struct CloseCodeTests {
    @Test func `clients come back below 4500 and stop from there on`() {
        let retryable = CloseCode.allCases.filter(\.isRetryable).map(\.rawValue)
        #expect(retryable == Array(4000...4007))
        #expect(CloseCode.allCases.filter { !$0.isRetryable }.map(\.rawValue) == Array(4500...4507))
    }
}
