import Primitives
import Testing

@testable import TURN

@Suite struct CanonicalPeerTests {
    private func embedded(_ text: String) -> [String] {
        let peer = CanonicalPeer(canonicalising: IPAddress(text)!)
        return (0..<peer.embeddedCount).map { "\(peer.embedded($0))" }
    }

    @Test func plainAddressesHoldNothing() {
        for text in ["192.0.2.1", "2001:db8::1", "::", "::1", "fe80::1", "2003::1"] {
            #expect(embedded(text) == [])
        }
    }

    @Test func findsTheAddressInEachFormat() {
        #expect(embedded("::ffff:192.0.2.33") == ["192.0.2.33"])
        #expect(embedded("::192.0.2.33") == ["192.0.2.33"])
        #expect(embedded("::ffff:0:192.0.2.33") == ["192.0.2.33"])
        #expect(embedded("2002:c000:221::1") == ["192.0.2.33"])
        #expect(embedded("fe80::5efe:192.0.2.33") == ["192.0.2.33"])
        #expect(embedded("2001:db8::200:5efe:192.0.2.33") == ["192.0.2.33"])
    }

    @Test func teredoHoldsServerAndClient() {
        // RFC 4380 §4: the client's bits are turned.
        #expect(embedded("2001:0:4136:e378::3fff:fdd2") == ["65.54.227.120", "192.0.2.45"])
    }

    /// The examples of RFC 6052 §2.4 with prefixes inside 64:ff9b:1::/48
    /// and the well-known prefix.
    @Test func readsEveryLayoutOfRFC6052() {
        #expect(embedded("64:ff9b::192.0.2.33") == ["192.0.2.33"])
        #expect(embedded("64:ff9b:1:c000:2:2100::").contains("192.0.2.33"))
        #expect(embedded("64:ff9b:1:1c0:0:221::").contains("192.0.2.33"))
        #expect(embedded("64:ff9b:1:1:c0:2:2100::").contains("192.0.2.33"))
        #expect(embedded("64:ff9b:1:1::192.0.2.33").contains("192.0.2.33"))
    }

    @Test func nothingButPaddingReadsAsUnspecified() {
        #expect(embedded("64:ff9b:1::") == ["0.0.0.0"])
    }
}
