import CryptoPeer
import Testing

@testable import Crypto

@Suite struct TLSContextTests {
    @Test(arguments: [Int32(0x0303), 0x0304])
    func aTicketOutlivesAReload(version: Int32) throws {
        let client = try TestCertificate.client()
        let first = try established(client, TestCertificate.server(), version: version)
        #expect(!first.server.isResumed)
        let ticket = try #require(first.client.takeResumption())
        let reloaded = try TestCertificate.server()
        let second = try established(client, reloaded, version: version, ticket: ticket)
        #expect(second.server.isResumed && second.client.isResumed)
        #expect(second.bytesToClient < first.bytesToClient)
    }

    @Test(arguments: [
        ("a.example.org", "a"), ("b.example.org", "b"), ("B.Example.ORG", "b"),
        ("x.wild.example.org", "wild"), ("x.y.wild.example.org", "a"),
        ("exact.wild.example.org", "exact"), ("unknown.example", "a"), ("", "a"),
    ])
    func theNameChoosesTheCertificate(name: String, expected: String) throws {
        let sources = try [
            TestCertificate.source(["a.example.org", "192.0.2.1"], file: "a"),
            TestCertificate.source(["b.example.org"], file: "b"),
            TestCertificate.source(["*.wild.example.org"], file: "wild"),
            TestCertificate.source(["exact.wild.example.org"], file: "exact"),
        ]
        let server = try TestCertificate.server { $0.certificates = sources }
        let link = try #require(TLSLink(TestCertificate.client(), server, name: name))
        link.run()
        let wanted = try #require(server.certificates.first { $0.file == expected })
        #expect(link.client.peerCertificate?.fingerprint == wanted.fingerprint)
    }

    @Test(arguments: ["RSA", "ECDSA"], [false, true])
    func bothKindsOfOneNameServeTheirClients(kind: String, rsaFirst: Bool) throws {
        let ecdsa = try TestCertificate.source(["turn.example.org"])
        let rsa = TestCertificate.foreign("RSA")
        let server = try TestCertificate.server {
            $0.certificates = rsaFirst ? [rsa, ecdsa] : [ecdsa, rsa]
        }
        for name in ["turn.example.org", ""] {
            let link = try #require(
                TLSLink(
                    TestCertificate.client(), server, name: name,
                    prepare: { _ = peer_accept($0, kind) }))
            link.run()
            #expect(link.client.peerCertificate?.keyKind.rawValue == kind)
        }
    }

    @Test func keysOfEachKindServe() throws {
        for kind in ["RSA", "ED25519"] {
            let server = try TestCertificate.server {
                $0.certificates = [TestCertificate.foreign(kind)]
            }
            #expect(try established(TestCertificate.client(), server).server.isEstablished)
        }
    }

    @Test func aMismatchedPairIsNamed() throws {
        let right = try TestCertificate.source(["turn.example.org"], file: "fullchain.pem")
        let other = try TestCertificate.source(["other.example.org"])
        var wrong = right
        wrong.key = other.key
        let text = failure([wrong])
        let subject = try TestCertificate.server { $0.certificates = [right] }
            .certificates[0].subject
        #expect(text.contains("fullchain.pem") && text.contains("key-of-fullchain.pem"))
        #expect(text.contains(subject))
        #expect(text.split(separator: "SHA-256 ").count == 3, "both fingerprints")
    }

    @Test func whatIsWrongIsSaid() throws {
        let good = try TestCertificate.source(["turn.example.org"], file: "c")
        func with(_ change: (inout CertificateSource) -> Void) -> String {
            var source = good
            change(&source)
            return failure([source])
        }
        #expect(with { $0.chain = Array("hello".utf8) }.hasPrefix("c holds no certificate in PEM"))
        #expect(with { $0.chain = [] }.hasPrefix("c holds no certificate in PEM"))
        #expect(with { $0.chain = $0.key }.hasSuffix("are cert and pkey swapped?"))
        #expect(with { $0.key = $0.chain }.hasPrefix("key-of-c holds no private key"))
        #expect(with { $0.key = [] }.hasPrefix("key-of-c holds no private key"))
        #expect(with { $0.chain[60] ^= 1 }.hasPrefix("c holds a certificate that cannot be read"))
        #expect(
            with { $0.key = Array($0.key.prefix(80) + $0.key.suffix(30)) }
                .hasPrefix("key-of-c holds a private key that cannot be read"))
        #expect(with { $0.key = TestCertificate.exchangeKey() }.contains("TLS cannot sign"))
        #expect(failure([]) == "a TLS server needs a certificate")
        #expect(failure([TestCertificate.foreign("RSA", bits: 1024)]).contains("key too small"))
        #expect(failure([good]) { $0.cipherList = "nonsense" }.hasSuffix("cipher-list=nonsense"))
        #expect(failure([good]) { $0.cipherList = "RC4:aNULL" }.contains("no cipher suite is left"))
    }

    @Test func aLockedKeyNeedsItsPassword() throws {
        var source = try TestCertificate.source(["turn.example.org"], file: "c")
        source.key = TestCertificate.lock(source.key, password: "mellon")
        #expect(failure([source]).hasSuffix("there is no password (pkey-pwd)"))
        source.password = Array("friend".utf8)
        #expect(failure([source]) == "the password does not open the private key in key-of-c")
        source.password = Array("mellon".utf8)
        #expect(failure([source]).isEmpty)
    }

    @Test func certificatesSayWhatTheyAre() throws {
        let start = TestCertificate.now
        let server = try TestCertificate.server(["Turn.example.org", "192.0.2.1", "2001:db8::1"])
        let certificate = try #require(server.certificates.first)
        #expect(certificate.names == ["turn.example.org", "192.0.2.1", "2001:db8::1"])
        #expect(certificate.notBefore == Int64(start))
        #expect(certificate.notAfter == Int64(start) + 30 * 86400)
        #expect(certificate.keyKind == .ecdsa && certificate.keyBits == 256)
        #expect(certificate.isSelfSigned && certificate.chainLength == 1)
        #expect(certificate.issuer == certificate.subject)
        #expect(certificate.fingerprint.count == 95)
        #expect(certificate.covers("turn.example.org") && !certificate.covers("example.org"))
    }

    @Test func theEndIsWarnedOfInTime() throws {
        let certificate = try #require(TestCertificate.server().certificates.first)
        func warning(day: Int64) -> String? {
            certificate.warning(at: UInt64(Int64(TestCertificate.now) + day * 86400 + 60))
        }
        #expect(warning(day: 0) == nil)
        #expect(warning(day: 8) == nil)
        #expect(warning(day: 9)?.hasSuffix("expires in 20 days") == true)
        #expect(warning(day: 30)?.hasSuffix("expired today") == true)
        #expect(warning(day: 33)?.hasSuffix("expired 3 days ago") == true)
        #expect(warning(day: -1)?.hasSuffix("not valid yet") == true)
    }

    @Test func secretsStayOutOfTexts() throws {
        var source = try TestCertificate.source(["a"], file: "c")
        source.password = Array("mellon".utf8)
        #expect("\(source)" == "c with key-of-c")
        #expect(String(reflecting: source) == "c with key-of-c")
    }

    private func established(
        _ client: TLSContext, _ server: TLSContext, version: Int32 = 0x0304,
        ticket: TLSResumption? = nil
    ) throws -> TLSLink {
        let link = TLSLink(
            client, server, resuming: ticket,
            prepare: { _ = peer_limit($0, 0x0303, version, "ALL") })
        let running = try #require(link)
        running.run()
        #expect(running.client.isEstablished && running.server.isEstablished)
        return running
    }

    /// What a server with these certificates is refused for; empty when it is not.
    private func failure(
        _ sources: [CertificateSource], change: (inout TLSSettings) -> Void = { _ in }
    ) -> String {
        do throws(TLSFailure) {
            var settings = TLSSettings(certificates: sources)
            change(&settings)
            _ = try TLSContext(settings, transport: .stream, role: .server)
            return ""
        } catch {
            return "\(error)"
        }
    }
}
