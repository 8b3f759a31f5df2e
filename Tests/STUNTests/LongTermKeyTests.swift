import Crypto
import STUN
import Testing

@Suite struct LongTermKeyTests {
    private func key(_ algorithm: PasswordAlgorithm) -> [UInt8] {
        let (user, realm, pass) = (Array("user".utf8), Array("realm".utf8), Array("pass".utf8))
        return LongTermKey.derive(
            algorithm, username: user.span, realm: realm.span, password: pass.span,
            hash: OpenSSLHash())
    }

    /// The example of RFC 8489 §9.2.2: MD5 of `user:realm:pass`.
    @Test func md5() { #expect(key(.md5) == hex("8493fbc53ba582fb4c044c456bdc40eb")) }

    @Test func sha256() {
        let text = Array("user:realm:pass".utf8)
        var digest = [UInt8](repeating: 0, count: 32)
        var space = digest.mutableSpan
        OpenSSLHash().sha256(text.span, into: &space)
        #expect(key(.sha256) == digest)
    }
}
