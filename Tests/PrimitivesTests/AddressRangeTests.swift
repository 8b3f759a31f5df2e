import Primitives
import Testing

@Suite struct AddressRangeTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1", "192.0.2.1"), ("10.0.0.0/8", "10.0.0.0", "10.255.255.255"),
        ("10.1.2.3/8", "10.0.0.0", "10.255.255.255"), ("192.0.2.1/32", "192.0.2.1", "192.0.2.1"),
        ("0.0.0.0/0", "0.0.0.0", "255.255.255.255"), ("1.2.3.4-1.2.3.9", "1.2.3.4", "1.2.3.9"),
        ("1.2.3.4-1.2.3.4", "1.2.3.4", "1.2.3.4"),
        ("fe80::/10", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2001:db8::1/128", "2001:db8::1", "2001:db8::1"),
        ("2001:db8::/63", "2001:db8::", "2001:db8:0:1:ffff:ffff:ffff:ffff"),
        ("::1-::ff", "::1", "::ff"),
    ])
    func reads(_ text: String, _ lower: String, _ upper: String) throws {
        let range = try #require(AddressRange(text))
        #expect(range.lower == IPAddress(lower))
        #expect(range.upper == IPAddress(upper))
        #expect(range.contains(range.lower) && range.contains(range.upper))
        #expect(AddressRange(range.description) == range)
    }

    @Test(arguments: [
        "", "-", "/", "1.2.3.4-", "-1.2.3.4", "1.2.3.4/", "/8", "1.2.3.4/33", "1.2.3.4/-1",
        "1.2.3.4/+8", "1.2.3.4/8/8", "1.2.3.4/0x8", "1.2.3.4/0008", "::/129", "1.2.3.9-1.2.3.4",
        "1.2.3.4-::1", "::1-1.2.3.4", "1.2.3.4-1.2.3.5-1.2.3.6", "1.2.3.4 - 1.2.3.5",
        "1.2.3.4-1.2.3.5/8", "1.2.3.0/24-1.2.4.0", "1.2.3.4/255.0.0.0",
    ])
    func refuses(_ text: String) { #expect(AddressRange(text) == nil) }

    @Test func familiesNeverMix() throws {
        let all = try #require(AddressRange("::/0"))
        #expect(!all.contains(IPAddress(192, 0, 2, 1)))
        let v4 = try #require(AddressRange("0.0.0.0/0"))
        #expect(!v4.contains(IPAddress(v6High: 0, low: 0xC000_0201)))
    }

    @Test func theEdgesAreInAndTheirNeighboursOut() throws {
        let range = try #require(AddressRange("100.64.0.0/10"))
        #expect(!range.contains(IPAddress(100, 63, 255, 255)))
        #expect(range.contains(IPAddress(100, 64, 0, 0)))
        #expect(range.contains(IPAddress(100, 127, 255, 255)))
        #expect(!range.contains(IPAddress(100, 128, 0, 0)))
    }
}
