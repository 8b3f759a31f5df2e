import Crypto
import CryptoPeer

/// Certificates for tests, made on the spot.
enum TestCertificate {
    /// 2026-01-01; the sessions of OpenSSL judge no dates here.
    static let now: UInt64 = 1_767_225_600

    static func source(_ names: [String], file: String = "cert.pem") throws -> CertificateSource {
        let pair = try SelfSigned.make(names: names, validDays: 30, at: now)
        return CertificateSource(
            chain: pair.certificatePEM, chainName: file, key: pair.keyPEM,
            keyName: "key-of-\(file)")
    }

    static func server(
        _ names: [String] = ["turn.example.org"], transport: TLSTransport = .stream,
        change: (inout TLSSettings) -> Void = { _ in }
    ) throws -> TLSContext {
        var settings = TLSSettings(certificates: [try source(names)])
        change(&settings)
        return try TLSContext(settings, transport: transport, role: .server)
    }

    static func client(
        transport: TLSTransport = .stream, change: (inout TLSSettings) -> Void = { _ in }
    ) throws -> TLSContext {
        var settings = TLSSettings(trust: .anyone)
        change(&settings)
        return try TLSContext(settings, transport: transport, role: .client)
    }

    /// By OpenSSL directly: kinds of keys that the product does not make.
    static func foreign(
        _ kind: String, bits: UInt32 = 2048, name: String = "turn.example.org",
        file: String = "foreign.pem"
    ) -> CertificateSource {
        let texts = Texts.gather { peer_certificate(kind, bits, name, Texts.receive, $0) }
        return CertificateSource(
            chain: texts[0], chainName: file, key: texts[1], keyName: "key-of-\(file)")
    }

    /// What an authority made out to `name`, and the authority. Days count from now.
    static func signed(
        _ name: String, from firstDay: Int32 = -1, to lastDay: Int32 = 1
    ) -> (authority: [UInt8], source: CertificateSource) {
        let texts = Texts.gather {
            peer_signed_certificate(name, firstDay, lastDay, Texts.receive, $0)
        }
        let source = CertificateSource(
            chain: texts[1], chainName: "signed.pem", key: texts[2], keyName: "signed.key")
        return (texts[0], source)
    }

    static func lock(_ key: [UInt8], password: String) -> [UInt8] {
        Texts.gather { peer_lock(key, key.count, password, Texts.receive, $0) }[0]
    }

    static func exchangeKey() -> [UInt8] {
        Texts.gather { peer_exchange_key(Texts.receive, $0) }[0]
    }
}

/// What the peer's C code gives.
private final class Texts {
    private var all: [[UInt8]] = []

    static func gather(_ give: (UnsafeMutableRawPointer) -> Bool) -> [[UInt8]] {
        let texts = Texts()
        precondition(give(Unmanaged.passUnretained(texts).toOpaque()), "OpenSSL made nothing")
        return texts.all
    }

    static let receive: peer_receiver = { bytes, length, texts in
        guard let texts else { return }
        Unmanaged<Texts>.fromOpaque(texts).takeUnretainedValue().all
            .append(Array(UnsafeBufferPointer(start: bytes, count: length)))
    }
}
