import Primitives
import Testing

@Suite struct Base64Tests {
    /// RFC 4648 §10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
    func publishedExamples(_ plain: String, _ encoded: String) {
        #expect(encode(Array(plain.utf8)) == encoded)
        #expect(decode(encoded) == Array(plain.utf8))
    }

    @Test func everyByteInEveryPlaceSurvives() {
        for length in 1...6 {
            for place in 0..<length {
                for byte in UInt8.min...UInt8.max {
                    var bytes = [UInt8](repeating: 0xA5, count: length)
                    bytes[place] = byte
                    #expect(decode(encode(bytes)) == bytes)
                }
            }
        }
    }

    @Test(arguments: [
        "Z", "Zg", "Zg=", "Zm9vY", "Zg==Zg==", "=Zg=", "Z===", "====", "Zh==", "Zm9=", "Zm-v",
        "Zm_v",
        "Zm 9v", "Zm9v\n", "Zm9\u{FF}", "Zg=v",
    ])
    func onlyTheCanonicalFormIsRead(_ text: String) {
        #expect(decode(text) == nil)
    }

    @Test func groupsOf24BitsStandAlone() {
        var text = [UInt8](repeating: UInt8(ascii: "."), count: 8)
        var space = text.mutableSpan
        Base64.encode24(0x666F_6F, into: &space, at: 1)
        Base64.encode24(0x6662_61, into: &space, at: 5, count: 3)
        #expect(String(decoding: text, as: UTF8.self) == ".Zm9vZmJ")
        let group = Base64.decode24(text.span, at: 1)
        #expect(group == 0x666F_6F)
        let broken = Base64.decode24(text.span, at: 0)
        #expect(broken == nil)
    }

    private func encode(_ bytes: [UInt8]) -> String {
        String(decoding: Base64.encode(bytes.span), as: UTF8.self)
    }

    private func decode(_ text: String) -> [UInt8]? {
        let text = Array(text.utf8)
        return Base64.decode(text.span)
    }
}
