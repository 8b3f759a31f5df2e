import Testing

@testable import Signaling

@Suite struct APIKeyRingTests {
    @Test func aKeyIsKnownByItsName() {
        var ring = APIKeyRing()
        #expect(ring.isEmpty)
        ring.add("shop", key: "s3cret", signer: TestSigner())
        ring.add("crm", key: "other", signer: TestSigner())
        #expect(ring.name(of: "s3cret", signer: TestSigner()) == "shop")
        #expect(ring.name(of: "other", signer: TestSigner()) == "crm")
        #expect(ring.name(of: "", signer: TestSigner()) == nil)
        #expect(ring.name(of: "s3cre", signer: TestSigner()) == nil)
    }
}
