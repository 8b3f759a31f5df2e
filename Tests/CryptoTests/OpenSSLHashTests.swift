import Crypto
import STUN
import Testing

@Suite struct OpenSSLHashTests {
    private let hash = OpenSSLHash()
    private let nothing: [UInt8] = []

    @Test func digestsMatchTheirDefinitions() {
        // RFC 1321 §A.5, RFC 3174 §7.3 and FIPS 180-4: the empty text and "abc".
        let empty: [UInt8] = []
        let abc = Array("abc".utf8)
        #expect(md5(empty) == hex("d41d8cd98f00b204e9800998ecf8427e"))
        #expect(md5(abc) == hex("900150983cd24fb0d6963f7d28e17f72"))
        #expect(sha1(empty) == hex("da39a3ee5e6b4b0d3255bfef95601890afd80709"))
        #expect(sha1(abc) == hex("a9993e364706816aba3e25717850c26c9cd0d89d"))
        #expect(
            sha256(empty)
                == hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))
        #expect(
            sha256(abc)
                == hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
    }

    @Test func digestsOfManyBlocks() {
        // FIPS 180-2 §A.3 and §B.3: one million times "a".
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        #expect(sha1(text) == hex("34aa973cd4c4daa4f61eeb2bdbad27316534016f"))
        #expect(
            sha256(text)
                == hex("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"))
    }

    @Test(arguments: HMACVector.rfc2202)
    func hmacSHA1(_ vector: HMACVector) {
        #expect(tag(.sha1, vector.key, vector.data) == vector.tag)
    }

    @Test(arguments: HMACVector.rfc4231)
    func hmacSHA256(_ vector: HMACVector) {
        let tag = tag(.sha256, vector.key, vector.data)
        #expect(Array(tag.prefix(vector.tag.count)) == vector.tag)
    }

    @Test(arguments: IntegrityAlgorithm.allCases)
    func aMessageInTwoPartsHasTheTagOfTheWhole(_ algorithm: IntegrityAlgorithm) {
        let text = (0..<300).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let secret: [UInt8] = [1, 2, 3]
        let key = hash.hmacKey(algorithm, secret.span)
        let whole = tag(algorithm, secret, text)
        for cut in [0, 1, 20, 63, 64, 65, 128, 300] {
            var parts = [UInt8](repeating: 0, count: algorithm.tagLength)
            var space = parts.mutableSpan
            hash.hmac(
                key, text.span.extracting(0..<cut), text.span.extracting(cut...), into: &space)
            #expect(parts == whole, "cut at \(cut)")
        }
    }

    @Test func aKeyServesManyMessages() {
        let vector = HMACVector.rfc2202[1]
        let key = hash.hmacKey(.sha1, vector.key.span)
        for _ in 0..<3 {
            var tag = [UInt8](repeating: 0, count: 20)
            var space = tag.mutableSpan
            hash.hmac(key, nothing.span, vector.data.span, into: &space)
            #expect(tag == vector.tag)
        }
    }

    @Test func oneShotFormsAgreeWithKeyedOnes() {
        let vector = HMACVector.rfc4231[1]
        var tag = [UInt8](repeating: 0, count: 32)
        var space = tag.mutableSpan
        hash.hmacSHA256(key: vector.key.span, vector.data.span, into: &space)
        #expect(tag == vector.tag)
        let short = HMACVector.rfc2202[1]
        var shortTag = [UInt8](repeating: 0, count: 20)
        var shortSpace = shortTag.mutableSpan
        hash.hmacSHA1(key: short.key.span, short.data.span, into: &shortSpace)
        #expect(shortTag == short.tag)
    }

    @Test func comparesContentAndSize() {
        let empty: [UInt8] = []
        #expect(equal(empty, empty))
        #expect(equal([1, 2, 3], [1, 2, 3]))
        #expect(!equal([1, 2, 3], [1, 2, 4]))
        #expect(!equal([0, 2, 3], [1, 2, 3]))
        #expect(!equal([1, 2], [1, 2, 3]))
        #expect(!equal(empty, [1]))
    }

    private func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool { hash.equal(a.span, b.span) }

    private func md5(_ text: [UInt8]) -> [UInt8] {
        digest(16) { hash.md5(text.span, into: &$0) }
    }

    private func sha1(_ text: [UInt8]) -> [UInt8] {
        digest(20) { hash.sha1(text.span, into: &$0) }
    }

    private func sha256(_ text: [UInt8]) -> [UInt8] {
        digest(32) { hash.sha256(text.span, into: &$0) }
    }

    private func tag(_ algorithm: IntegrityAlgorithm, _ key: [UInt8], _ data: [UInt8]) -> [UInt8] {
        let key = hash.hmacKey(algorithm, key.span)
        return digest(algorithm.tagLength) { hash.hmac(key, nothing.span, data.span, into: &$0) }
    }

    private func digest(_ size: Int, _ fill: (inout MutableSpan<UInt8>) -> Void) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: size)
        var space = digest.mutableSpan
        fill(&space)
        return digest
    }
}
