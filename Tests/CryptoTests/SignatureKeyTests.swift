import Crypto
import FoundationEssentials
import Primitives
import Testing

@Suite struct SignatureKeyTests {
    private func bytes(_ base64url: String) -> [UInt8] {
        var text = base64url.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: byte
            }
        }
        while text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
        return Base64.decode(text.span) ?? []
    }

    private func key(_ vector: SignatureVector) throws -> SignatureKey {
        vector.algorithm == .hs256
            ? try SignatureKey(secret: bytes(vector.key))
            : try SignatureKey(pem: Array(vector.key.utf8), for: vector.algorithm)
    }

    private func failure(
        _ pem: String, _ algorithm: SignatureKey.Algorithm
    )
        -> SignatureKeyFailure?
    {
        do throws(SignatureKeyFailure) {
            _ = try SignatureKey(pem: Array(pem.utf8), for: algorithm)
            return nil
        } catch { return error }
    }

    @Test(arguments: SignatureVector.all)
    func theSignaturesOfTheStandardsAreValid(vector: SignatureVector) throws {
        let key = try key(vector)
        let signature = bytes(vector.signature)
        let signed = Array(vector.signed.utf8)
        #expect(key.algorithm == vector.algorithm)
        #expect(key.isValid(signature, over: signed))
        #expect(!key.isValid(signature, over: signed + [0]))
        #expect(!key.isValid(signature, over: []))
        for length in [0, 1, signature.count - 1] {
            #expect(!key.isValid(Array(signature.prefix(length)), over: signed), "\(length)")
        }
        #expect(!key.isValid(signature + [0], over: signed))
    }

    @Test("One altered bit anywhere makes a signature invalid", arguments: SignatureVector.all)
    func alteredBits(vector: SignatureVector) throws {
        let key = try key(vector)
        let signed = Array(vector.signed.utf8)
        for index in bytes(vector.signature).indices {
            var signature = bytes(vector.signature)
            signature[index] ^= 1 << (index % 8)
            #expect(!key.isValid(signature, over: signed), "byte \(index)")
        }
        for index in signed.indices {
            var text = signed
            text[index] ^= 1 << (index % 8)
            #expect(!key.isValid(bytes(vector.signature), over: text), "byte \(index)")
        }
    }

    @Test func anES256SignatureInDERIsNotTaken() throws {
        let key = try key(.es256)
        let encoded = bytes(SignatureVector.es256InDER)
        #expect(encoded.count == 71)
        #expect(!key.isValid(encoded, over: Array(SignatureVector.es256.signed.utf8)))
    }

    @Test("Numbers out of range are no signature, and no crash", arguments: [0x00, 0xff])
    func numbersOutOfRange(byte: UInt8) throws {
        let signature = [UInt8](repeating: byte, count: 64)
        for vector in [SignatureVector.es256, .edDSA] {
            #expect(try !key(vector).isValid(signature, over: Array(vector.signed.utf8)))
        }
    }

    @Test(
        "A key is for one algorithm",
        arguments: [
            (SignatureVector.rsa, SignatureKey.Algorithm.es256), (SignatureVector.rsa, .edDSA),
            (SignatureVector.p256, .rs256), (SignatureVector.p256, .edDSA),
            (SignatureVector.ed25519, .es256), (SignatureVector.ed25519, .rs256),
            (SignatureVector.p384, .es256), (SignatureVector.koblitz, .es256),
        ])
    func otherKinds(pem: String, algorithm: SignatureKey.Algorithm) {
        guard case .otherKind(_, for: algorithm, _)? = failure(pem, algorithm) else {
            Issue.record("\(String(describing: failure(pem, algorithm)))")
            return
        }
    }

    @Test func failuresSayWhatIsWrong() {
        let wrongCurve = failure(SignatureVector.p384, .es256)
        #expect("\(wrongCurve!)" == "ES256 needs a P-256 key; this key is of the kind secp384r1")
        let swapped = failure(SignatureVector.p256, .rs256)
        #expect("\(swapped!)" == "RS256 needs an RSA key; this key (prime256v1) is for ES256")
        #expect(failure(SignatureVector.smallRSA, .rs256) == .tooSmall(bits: 1024))
        #expect(failure(SignatureVector.privateP256, .es256) == .privateKey)
        #expect(failure("", .es256) == .noKey)
        #expect(failure("MCowBQYDK2VwAyEA", .edDSA) == .noKey)
        let cut = SignatureVector.p256.split(separator: "\n").dropLast(2).joined(separator: "\n")
        #expect(failure(cut + "\n-----END PUBLIC KEY-----\n", .es256) == .unreadable)
        let certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        #expect(failure(certificate, .rs256) == .certificate)
    }

    @Test("A P-256 point off its curve is refused")
    func pointOffTheCurve() {
        // The last digit of the y coordinate, inside the last group of base64.
        let bent = SignatureVector.p256.replacing("jlrQ==", with: "jlrg==")
        #expect(failure(bent, .es256) == .unreadable)
    }

    @Test("HMAC with a public key is refused (RFC 8725 §3.1)")
    func publicKeyAsSecret() {
        for pem in [
            SignatureVector.rsa, "\n " + SignatureVector.ed25519, SignatureVector.privateP256,
        ] {
            #expect(throws: SignatureKeyFailure.publicKeyAsSecret) {
                try SignatureKey(secret: Array(pem.utf8))
            }
        }
        #expect(throws: SignatureKeyFailure.emptySecret) { try SignatureKey(secret: []) }
        #expect(failure(SignatureVector.rsa, .hs256) == .publicKeyAsSecret)
    }

    @Test func onlySecretsSign() throws {
        let vector = SignatureVector.hs256
        #expect(try key(vector).sign(Array(vector.signed.utf8)) == bytes(vector.signature))
        #expect(try key(.es256).sign([]) == nil)
    }
}
