import LinuxIO
import Primitives
import Testing

@Suite struct HostNameTests {
    @Test func thisMachineHasAName() throws {
        let addresses = try HostName.addresses(of: "localhost", port: 80)
        #expect(addresses.contains(TransportAddress(IPAddress(127, 0, 0, 1), 80)))
    }

    @Test(arguments: ["127.0.0.1", "::1", "2001:db8::5"])
    func textOfAnAddressIsThatAddress(text: String) throws {
        let addresses = try HostName.addresses(of: text, port: 443)
        #expect(addresses == [TransportAddress(try #require(IPAddress(text)), 443)])
    }

    /// Neither reaches a name server: RFC 1035 §2.3.4 bounds a label, and none is empty.
    @Test(arguments: [String(repeating: "x", count: 300), "a..b"])
    func whatIsNoNameFails(text: String) {
        #expect(throws: HostName.Failure.self) { try HostName.addresses(of: text, port: 1) }
    }
}
