import Primitives
import Testing

@Suite struct IPAddressTextTests {
    /// Text, and the canonical text of the same address.
    private static let accepted = [
        ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "10.0.0.1"), ("100.64.0.0", "100.64.0.0"),
        ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("0:0:0:0:0:0:0:0", "::"),
        ("0000:0000:0000:0000:0000:0000:0000:0001", "::1"), ("2001:DB8::1", "2001:db8::1"),
        ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
        // RFC 5952 §4.2.2: a single group of zeros is not shortened.
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        // §4.2.3: the longest run, and of equal ones the first.
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
        ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        // §5: embedded IPv4.
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1"), ("::ffff:c000:201", "::ffff:192.0.2.1"),
        ("::192.0.2.1", "::c000:201"), ("64:ff9b::10.0.0.1", "64:ff9b::a00:1"),
        ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"), ("fe80::1", "fe80::1"),
        ("ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "abcd:ef01:2345:6789:abcd:ef01:2345:6789"),
    ]

    @Test(arguments: accepted) func readsAndPrints(_ text: String, _ canonical: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == canonical)
        #expect(IPAddress(canonical) == address)
        #expect(IPAddress(Substring("x\(text)").dropFirst()) == address)
    }

    /// Forms that other readers take, some of them for another address than is written there.
    @Test(arguments: [
        "", " ", ".", ":", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4.",
        "256.0.0.1", "1.2.3.256", "1.2.3.1000", "01.2.3.4", "1.2.3.04", "0x7f.0.0.1", "127.1",
        "2130706433", "0177.0.0.1", "+1.2.3.4", "-1.2.3.4", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4\n",
        "1.2.3.4:80", "1.2.3.4/24", "a.b.c.d", "\u{661}.2.3.4", "1,2,3,4",
        ":::", "::1::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", "12345::",
        "g::", "::g", "+1::", "::-1", "[::1]", "::1%eth0", "fe80::1%1", "::1/128", "::ffff:1.2.3",
        "::ffff:256.1.1.1", "::1.2.3.4:5", "1.2.3.4::", "::01.2.3.4", "1:2:3:4:5:6:7:1.2.3.4",
        "1:2:3:4:5:1.2.3.4", "::\u{FF11}", " ::1", "::1 ", "localhost", "example.org",
        "0000:0000:0000:0000:0000:0000:0000:00001",
    ])
    func refuses(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func everyAddressIsReadBackFromItsText() throws {
        // A linear congruence: no randomness, many shapes of zero runs.
        var state: UInt64 = 1
        for _ in 0..<2000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let mask = state >> 40 & 0xFF
            var bits: UInt128 = 0
            for group in 0..<8 {
                let value = mask >> UInt64(group) & 1 == 1 ? 0 : state >> UInt64(group * 6) & 0xFFFF
                bits = bits << 16 | UInt128(value)
            }
            for family in AddressFamily.allCases {
                let address = IPAddress(family: family, bits: bits)
                #expect(IPAddress(address.description) == address)
            }
        }
    }
}
