import Crypto
import Testing

@Suite struct SelfSignedTests {
    @Test func makesAPairThatAServerTakes() throws {
        let pair = try SelfSigned.make(names: ["localhost", "::1"], validDays: 1, at: 1_000_000)
        let source = CertificateSource(
            chain: pair.certificatePEM, chainName: "c", key: pair.keyPEM, keyName: "k")
        let server = try TLSContext(
            TLSSettings(certificates: [source]), transport: .stream, role: .server)
        #expect(server.certificates[0].names == ["localhost", "::1"])
        #expect(server.certificates[0].notAfter == 1_086_400)
    }

    @Test func everyPairIsAnother() throws {
        let first = try SelfSigned.make(names: [], validDays: 1, at: 0)
        let second = try SelfSigned.make(names: [], validDays: 1, at: 0)
        #expect(first.keyPEM != second.keyPEM)
        #expect(first.certificatePEM != second.certificatePEM)
    }
}
