import Primitives
import Testing

@Suite struct IPAddressTests {
    @Test func numbersAreInHostOrder() {
        let v4 = IPAddress(192, 0, 2, 1)
        #expect(v4.v4 == 0xC000_0201)
        #expect(v4.bits == 0xC000_0201)
        #expect(v4.width == 32)
        let v6 = IPAddress(v6High: 0x2001_0db8_0000_0000, low: 1)
        #expect(v6.bits == 0x2001_0db8_0000_0000_0000_0000_0000_0001)
        #expect(v6.width == 128)
        #expect(IPAddress(family: .ipv4, bits: v4.bits) == v4)
        #expect(IPAddress(family: .ipv6, bits: v6.bits) == v6)
        #expect(IPAddress(family: .ipv4, bits: UInt128.max) == IPAddress(255, 255, 255, 255))
    }

    @Test func theFamilyIsPartOfTheValue() {
        let v4 = IPAddress(192, 0, 2, 1)
        let mapped = IPAddress(v6High: 0, low: 0xFFFF_C000_0201)
        let compatible = IPAddress(v6High: 0, low: 0xC000_0201)
        #expect(Set([v4, mapped, compatible]).count == 3)
    }

    @Test func orderIsFamilyThenNumber() {
        let ordered = [
            IPAddress(0, 0, 0, 0), IPAddress(9, 255, 255, 255), IPAddress(10, 0, 0, 0),
            IPAddress(255, 255, 255, 255), IPAddress(v6High: 0, low: 0),
            IPAddress(v6High: 0, low: .max), IPAddress(v6High: 1, low: 0),
            IPAddress(v6High: .max, low: .max),
        ]
        for (index, address) in ordered.enumerated() {
            for (other, second) in ordered.enumerated() {
                #expect((address < second) == (index < other))
            }
        }
    }

    @Test func transportAddressesBracketIPv6() {
        #expect(TransportAddress(IPAddress(192, 0, 2, 1), 80).description == "192.0.2.1:80")
        let v6 = IPAddress(v6High: 0x2001_0db8 << 32, low: 1)
        #expect(TransportAddress(v6, 3478).description == "[2001:db8::1]:3478")
    }
}
