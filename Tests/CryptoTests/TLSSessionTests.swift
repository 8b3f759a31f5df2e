import Crypto
import Testing

@Suite struct TLSSessionTests {
    private let hello = Array("hello".utf8)

    private func link(_ change: (inout TLSSettings) -> Void = { _ in }) throws -> TLSLink {
        let client = try TestCertificate.client()
        let server = try TestCertificate.server(change: change)
        let link = TLSLink(client, server)
        return try #require(link)
    }

    @Test(arguments: [Int.max, 1])
    func carriesBothWaysWhateverTheSegments(piece: Int) throws {
        let link = try link()
        link.run(piece: piece)
        #expect(link.client.isEstablished && link.server.isEstablished)
        #expect(link.server.version == "TLSv1.3")
        #expect(link.clientSends(hello))
        #expect(link.serverSends(Array("world".utf8)))
        link.run(piece: piece)
        #expect(link.atServer == hello)
        #expect(link.atClient == Array("world".utf8))
        #expect(link.server.serverName == "turn.example.org")
    }

    @Test func carriesAMegabyte() throws {
        let link = try link()
        link.run()
        let data = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        #expect(link.clientSends(data))
        #expect(link.serverSends(data))
        link.run(piece: 40_000)
        #expect(link.atServer == data)
        #expect(link.atClient == data)
    }
}
