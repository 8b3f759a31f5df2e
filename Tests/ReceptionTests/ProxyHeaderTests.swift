import Primitives
import Reception
import Testing

@Suite struct ProxyHeaderTests {
    @Test(arguments: [
        ("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n", "192.0.2.1:56324", "198.51.100.2:443"),
        (
            "PROXY TCP6 2001:db8::1 2001:db8::2 0 65535\r\n", "[2001:db8::1]:0",
            "[2001:db8::2]:65535"
        ),
    ])
    func textNamesBothEnds(text: String, client: String, server: String) throws {
        let header = try #require(parsed(Array(text.utf8) + [0, 1]))
        #expect(header.addresses?.client.description == client)
        #expect(header.addresses?.server.description == server)
        #expect(header.length == text.utf8.count)
    }

    @Test func unknownTextKeepsTheConnectionsOwn() throws {
        for text in ["PROXY UNKNOWN\r\n", "PROXY UNKNOWN ffff:f...f:ffff 1 65535 65535\r\n"] {
            let header = try #require(parsed(Array(text.utf8)))
            #expect(header.addresses == nil)
            #expect(header.length == text.utf8.count)
        }
    }

    @Test(arguments: [
        "PROXY  TCP4 192.0.2.1 198.51.100.2 1 2\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 1\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 1 2 \r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 01 2\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 1 65536\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 +1 2\r\n",
        "PROXY TCP4 192.0.2.01 198.51.100.2 1 2\r\n",
        "PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n",
        "PROXY TCP6 192.0.2.1 198.51.100.2 1 2\r\n",
        "PROXY UDP4 192.0.2.1 198.51.100.2 1 2\r\n",
        "PROXY \r\n",
        "PROXY TCP4\t192.0.2.1 198.51.100.2 1 2\r\n",
        "proxy TCP4 192.0.2.1 198.51.100.2 1 2\r\n",
        "GET / HTTP/1.1\r\n",
    ])
    func brokenTextIsInvalid(text: String) {
        #expect(read(Array(text.utf8)) == .invalid)
    }

    @Test func textEndsWithinItsBound() {
        let fits = "PROXY UNKNOWN " + String(repeating: "x", count: 91) + "\r\n"
        #expect(fits.utf8.count == 107)
        #expect(parsed(Array(fits.utf8))?.length == 107)
        let long = "PROXY UNKNOWN " + String(repeating: "x", count: 92) + "\r\n"
        #expect(read(Array(long.utf8)) == .invalid)
        #expect(read(Array(fits.utf8.dropLast(2))) == .incomplete)
    }

    @Test func binaryNamesBothEnds() throws {
        let v4 = binary(0x21, 0x11, [192, 0, 2, 1, 198, 51, 100, 2, 0x12, 0x34, 0x01, 0xBB])
        let first = try #require(parsed(v4 + [0]))
        #expect(first.addresses?.client.description == "192.0.2.1:4660")
        #expect(first.addresses?.server.description == "198.51.100.2:443")
        #expect(first.length == 28)
        let ip: [UInt8] = [0x20, 0x01, 0x0D, 0xB8] + Array(repeating: 0, count: 11)
        let tlv: [UInt8] = [0x04, 0x00, 0x02, 0xAA, 0xBB]
        let v6 = binary(0x21, 0x21, ip + [1] + ip + [2] + [0, 1, 0, 2] + tlv)
        let second = try #require(parsed(v6))
        #expect(second.addresses?.client.description == "[2001:db8::1]:1")
        #expect(second.addresses?.server.description == "[2001:db8::2]:2")
        #expect(second.length == v6.count)
    }

    @Test func binaryWithoutAddressesKeepsTheConnectionsOwn() throws {
        let local = try #require(parsed(binary(0x20, 0x11, Array(repeating: 9, count: 12))))
        #expect(local.addresses == nil)
        #expect(local.length == 28)
        let unspecified = try #require(parsed(binary(0x21, 0x00, [1, 2, 3])))
        #expect(unspecified.addresses == nil)
        #expect(unspecified.length == 19)
    }

    @Test(
        arguments: [
            (0x11, 0x11, 12), (0x31, 0x11, 12), (0x22, 0x11, 12), (0x21, 0x12, 12),
            (0x21, 0x31, 216),
            (0x21, 0x11, 11), (0x21, 0x21, 35), (0x20, 0x00, 521),
        ] as [(UInt8, UInt8, Int)])
    func brokenBinaryIsInvalid(command: UInt8, family: UInt8, length: Int) {
        #expect(read(binary(command, family, Array(repeating: 1, count: length))) == .invalid)
    }

    @Test func theLargestBinaryFits() {
        let bytes = binary(0x21, 0x11, Array(repeating: 1, count: 520))
        #expect(bytes.count == ProxyHeader.lengthMax)
        #expect(parsed(bytes)?.length == bytes.count)
    }

    /// Whatever comes first, every shorter beginning of a good header asks for more.
    @Test(arguments: [
        Array("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n".utf8),
        Array("PROXY UNKNOWN\r\n".utf8),
        binary(0x21, 0x11, [192, 0, 2, 1, 198, 51, 100, 2, 0x12, 0x34, 0x01, 0xBB, 4, 0, 0]),
    ])
    func everyBeginningIsIncomplete(bytes: [UInt8]) {
        for count in 0..<bytes.count {
            #expect(read(Array(bytes.prefix(count))) == .incomplete)
        }
        #expect(parsed(bytes)?.length == bytes.count)
    }
}

private func binary(_ command: UInt8, _ family: UInt8, _ block: [UInt8]) -> [UInt8] {
    [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, command, family]
        + [UInt8(block.count >> 8), UInt8(block.count & 0xFF)] + block
}

private func read(_ bytes: [UInt8]) -> ProxyHeader.Reading { ProxyHeader.read(bytes.span) }

private func parsed(_ bytes: [UInt8]) -> ProxyHeader? {
    guard case .header(let header) = read(bytes) else { return nil }
    return header
}
