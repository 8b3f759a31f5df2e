import Testing

@testable import Appliance

@Suite struct HookSignatureTests {
    /// The tag comes from another implementation (Python's hmac).
    @Test func isThatOfTheTimeAndTheBody() {
        let signature = HookSignature(secret: Array("a secret of the application".utf8))
        #expect(
            signature.value(timestamp: "1767225600", body: Array("{\"id\":\"evt_1\"}".utf8))
                == "v1=484f40c6a29f0fb824dcf5e123438724065a39073ff0c8771a44b849647c3228")
    }
}
