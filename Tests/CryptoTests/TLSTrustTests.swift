import Testing

@testable import Crypto

/// Clients that want somebody to vouch for the server.
@Suite struct TLSTrustTests {
    @Test(arguments: ["hooks.example.org", "HOOKS.example.org"])
    func aServerThatTheAuthorityKnowsIsTrusted(name: String) throws {
        let made = TestCertificate.signed("hooks.example.org")
        let link = try link(made.source, trust: made.authority, name: name)
        #expect(link.client.isEstablished && link.server.isEstablished)
        #expect(link.server.serverName == name)
        #expect(link.serverSends([1, 2, 3]))
        link.run()
        #expect(link.atClient == [1, 2, 3])
    }

    @Test(arguments: ["evil.example.org", "hooks.example.org.evil.example", "127.0.0.1"])
    func anotherNameIsRefused(name: String) throws {
        let made = TestCertificate.signed("hooks.example.org")
        let link = try link(made.source, trust: made.authority, name: name)
        #expect(!link.client.isEstablished)
        #expect(reason(link).contains("mismatch"), "\(reason(link))")
    }

    @Test func aWildcardIsAWholeLabel() throws {
        let made = TestCertificate.signed("*.example.org")
        #expect(try link(made.source, trust: made.authority, name: "a.example.org").isTrusted)
        #expect(try !link(made.source, trust: made.authority, name: "a.b.example.org").isTrusted)
        let part = TestCertificate.signed("h*.example.org")
        #expect(try !link(part.source, trust: part.authority, name: "hooks.example.org").isTrusted)
    }

    @Test func anotherAuthorityIsRefused() throws {
        let made = TestCertificate.signed("hooks.example.org")
        let other = TestCertificate.signed("hooks.example.org")
        let link = try link(made.source, trust: other.authority)
        #expect(!link.client.isEstablished)
        #expect(reason(link).contains("signature failure"), "\(reason(link))")
    }

    @Test(
        arguments: [(-20, -10, "expired"), (10, 20, "not yet valid")] as [(Int32, Int32, String)])
    func theDatesCount(from: Int32, to: Int32, word: String) throws {
        let made = TestCertificate.signed("hooks.example.org", from: from, to: to)
        let link = try link(made.source, trust: made.authority)
        #expect(!link.client.isEstablished)
        #expect(reason(link).contains(word), "\(reason(link))")
    }

    /// A server's own certificate, named in the file, is trusted; by the system's list it is not.
    @Test func whatIsNamedIsTrustedAndNothingElse() throws {
        let pair = try SelfSigned.make(
            names: ["hooks.example.org", "127.0.0.1", "::1"], validDays: 20_000, at: 1_700_000_000)
        let source = CertificateSource(
            chain: pair.certificatePEM, chainName: "own.pem", key: pair.keyPEM, keyName: "own.key")
        for name in ["hooks.example.org", "127.0.0.1", "::1"] {
            let link = try link(source, trust: pair.certificatePEM, name: name)
            #expect(link.isTrusted, "\(name): \(reason(link))")
            // RFC 6066 §3: never an address.
            #expect(link.server.serverName == (name.contains("example") ? name : nil))
        }
        let context = try TLSContext(TLSSettings(), transport: .stream, role: .client)
        let server = try server(source)
        let link = try #require(TLSLink(context, server, name: "hooks.example.org"))
        link.run()
        #expect(!link.isTrusted)
        #expect(reason(link).contains("self-signed"), "\(reason(link))")
    }

    /// A probe goes on whatever it finds, and knows what that was.
    @Test func whoDemandsNoTrustIsToldWhatIsWrong() throws {
        let good = TestCertificate.signed("hooks.example.org")
        let other = TestCertificate.signed("hooks.example.org")
        let old = TestCertificate.signed("hooks.example.org", from: -20, to: -10)
        for (source, pem, word) in [
            (good.source, good.authority, nil), (good.source, other.authority, "signature"),
            (old.source, old.authority, "expired"),
        ] as [(CertificateSource, [UInt8], String?)] {
            let settings = TLSSettings(
                trust: .authorities(pem: pem, file: "ca.pem"), isTrustDemanded: false)
            let context = try TLSContext(settings, transport: .stream, role: .client)
            let link = try #require(TLSLink(context, try server(source), name: "x.example.org"))
            link.run()
            #expect(link.isTrusted, "\(reason(link))")
            #expect((link.client.distrust == nil) == (word == nil))
            if let word { #expect(link.client.distrust?.contains(word) == true) }
        }
    }

    @Test func withoutANameThereIsNoSession() throws {
        let context = try TLSContext(TLSSettings(), transport: .stream, role: .client)
        #expect(TLSSession(context) == nil)
        #expect(TLSSession(context, serverName: "") == nil)
    }

    @Test(arguments: ["", "no certificate", "-----BEGIN CERTIFICATE-----\nx\n"])
    func aFileWithoutCertificatesIsRefused(text: String) {
        let trust = TLSTrust.authorities(pem: Array(text.utf8), file: "ca.pem")
        #expect(throws: TLSFailure.self) {
            try TLSContext(TLSSettings(trust: trust), transport: .stream, role: .client)
        }
    }

    private func server(_ source: CertificateSource) throws -> TLSContext {
        try TLSContext(TLSSettings(certificates: [source]), transport: .stream, role: .server)
    }

    private func link(
        _ source: CertificateSource, trust pem: [UInt8], name: String = "hooks.example.org"
    ) throws -> TLSLink {
        let settings = TLSSettings(trust: .authorities(pem: pem, file: "ca.pem"))
        let context = try TLSContext(settings, transport: .stream, role: .client)
        let link = try #require(TLSLink(context, try server(source), name: name))
        link.run()
        return link
    }

    private func reason(_ link: TLSLink) -> String {
        if case .failed(let reason) = link.clientEnd { return reason }
        return "no failure"
    }
}

extension TLSLink {
    fileprivate var isTrusted: Bool { client.isEstablished && clientEnd == nil }
}
