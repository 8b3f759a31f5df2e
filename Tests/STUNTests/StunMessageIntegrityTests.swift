import Crypto
import Primitives
import STUN
import Testing

/// The published messages, read and written.
@Suite struct StunMessageIntegrityTests {
    private let hash = OpenSSLHash()

    private func key(_ algorithm: IntegrityAlgorithm, _ secret: [UInt8]) -> HMACKey {
        hash.hmacKey(algorithm, secret.span)
    }

    private func longTermKey(_ algorithm: PasswordAlgorithm) -> [UInt8] {
        let (username, realm, password) = (Vector.username, Vector.realm, Vector.password)
        return LongTermKey.derive(
            algorithm, username: username.span, realm: realm.span, password: password.span,
            hash: hash)
    }

    private var userhash: [UInt8] {
        let (username, realm) = (Vector.username, Vector.realm)
        return LongTermKey.userhash(username: username.span, realm: realm.span, hash: hash)
    }

    @Test func readsTheRequest() throws {
        try reading(Vector.request) { message in
            let (type, intact) = (message.type, message.hasValidFingerprint)
            let authentic = message.isAuthentic(under: Vector.shortTermPassword, .sha1)
            let (username, software) = (message.text(of: .username), message.text(of: .software))
            #expect(type == MessageType(.binding, .request))
            #expect(username == "evtj:h6vY")
            #expect(software == "STUN test client")
            #expect(intact && authentic)
        }
    }

    @Test(arguments: [
        (Vector.responseV4, "192.0.2.1:32853"),
        (Vector.responseV6, "[2001:db8:1234:5678:11:2233:4455:6677]:32853"),
    ])
    func readsTheResponses(_ bytes: [UInt8], _ address: String) throws {
        try reading(bytes) { message in
            let (type, intact) = (message.type, message.hasValidFingerprint)
            let authentic = message.isAuthentic(under: Vector.shortTermPassword, .sha1)
            let mapped = try message.xorAddress(.xorMappedAddress)
            #expect(type == MessageType(.binding, .success))
            #expect(mapped?.description == address)
            #expect(intact && authentic)
        }
    }

    @Test func readsTheLongTermRequest() throws {
        try reading(Vector.longTerm) { message in
            let nonce = message.text(of: .nonce)
            let authentic = message.isAuthentic(under: longTermKey(.md5), .sha1)
            #expect(nonce == "f//499k954d6OL34oL9FSTvy64sA")
            #expect(authentic)
        }
    }

    @Test func readsTheSHA256Request() throws {
        try reading(Vector.longTermSHA256) { message in
            let authentic = message.isAuthentic(under: longTermKey(.sha256), .sha256)
            let legacy = message.isAuthentic(under: longTermKey(.sha256), .sha1)
            let (name, algorithm) = (message.copy(of: .userhash), try message.passwordAlgorithm())
            #expect(algorithm == .sha256)
            #expect(name == userhash)
            #expect(authentic)
            #expect(!legacy)
        }
    }

    @Test(arguments: [Vector.request, Vector.responseV4, Vector.responseV6])
    func everyFlippedBitIsNoticed(_ original: [UInt8]) {
        for bit in 0..<original.count * 8 {
            var bytes = original
            bytes[bit / 8] ^= 0x80 >> UInt8(bit % 8)
            let accepted = try? reading(bytes) { message in
                message.hasValidFingerprint && message.has(.fingerprint)
                    && message.isAuthentic(under: Vector.shortTermPassword, .sha1)
            }
            #expect(accepted != true, "bit \(bit)")
        }
    }

    @Test(arguments: [
        (Vector.responseV4, "192.0.2.1"),
        (Vector.responseV6, "2001:db8:1234:5678:11:2233:4455:6677"),
    ])
    func writesTheResponses(_ bytes: [UInt8], _ ip: String) throws {
        let address = TransportAddress(try #require(IPAddress(ip)), 32853)
        let key = key(.sha1, Vector.shortTermPassword)
        let id = TransactionID(random: 0xb7e7a701_bc34d686_fa87dfae)
        let written = written(.init(.binding, .success), id) {
            $0.append(.software, text: "test vector")
            $0.append(.xorMappedAddress, xor: address)
            $0.appendIntegrity(key, hash: hash)
            $0.appendFingerprint()
        }
        // The RFC pads SOFTWARE with a space and we with zero, which changes both checksums.
        let (padding, integrity) = (35, bytes.count - 28)
        #expect(written.count == bytes.count)
        #expect(written[..<padding] == bytes[..<padding])
        #expect(written[(padding + 1)..<integrity] == bytes[(padding + 1)..<integrity])
        try reading(written) { message in
            let authentic = message.isAuthentic(under: Vector.shortTermPassword, .sha1)
            let intact = message.hasValidFingerprint
            #expect(authentic && intact)
        }
    }

    @Test func writesTheLongTermRequest() {
        let key = key(.sha1, longTermKey(.md5))
        let id = TransactionID(random: 0x78ad3433_c6ad72c0_29da412e)
        let written = written(.init(.binding, .request), id) {
            $0.append(.username, bytes: Vector.username)
            $0.append(.nonce, text: "f//499k954d6OL34oL9FSTvy64sA")
            $0.append(.realm, bytes: Vector.realm)
            $0.appendIntegrity(key, hash: hash)
        }
        #expect(written == Vector.longTerm)
    }

    @Test func writesTheSHA256Request() {
        let key = key(.sha256, longTermKey(.sha256))
        let id = TransactionID(random: 0x78ad3433_c6ad72c0_29da412e)
        let written = written(.init(.binding, .request), id) {
            $0.append(.userhash, bytes: userhash)
            $0.append(.nonce, text: "obMatJos2AAACf//499k954d6OL34oL9FSTvy64sA")
            $0.append(.realm, bytes: Vector.realm)
            $0.append(.passwordAlgorithm, UInt32(PasswordAlgorithm.sha256.rawValue) << 16)
            $0.appendIntegrity(key, hash: hash)
        }
        #expect(written == Vector.longTermSHA256)
    }
}
