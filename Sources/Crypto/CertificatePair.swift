import COpenSSL
import Primitives

/// A chain and its key as OpenSSL holds them, found to belong together.
struct CertificatePair: ~Copyable {
    let certificate: TLSCertificate
    private let chain: OpaquePointer
    private let key: OpaquePointer

    init(_ source: CertificateSource) throws(TLSFailure) {
        let chain = try Self.readChain(source.chain, file: source.chainName)
        let key: OpaquePointer
        do {
            key = try Self.readKey(source)
        } catch {
            ts_chain_free(chain)
            throw error
        }
        do {
            try Self.check(chain, key, source)
        } catch {
            ts_chain_free(chain)
            ts_key_free(key)
            throw error
        }
        certificate = TLSCertificate(chain: chain, file: source.chainName)
        self.chain = chain
        self.key = key
    }

    deinit {
        ts_chain_free(chain)
        ts_key_free(key)
    }

    func add(to context: OpaquePointer) throws(TLSFailure) {
        guard ts_tls_context_add(context, chain, key) else {
            throw .pairRefused(chain: certificate.file, reason: TLSFailure.takeReason())
        }
    }

    /// Every certificate of a text that has one at least; owned by the caller.
    static func readChain(_ pem: [UInt8], file: String) throws(TLSFailure) -> OpaquePointer {
        let chain = pem.withUnsafeBufferPointer { ts_chain_read($0.baseAddress, $0.count) }
        guard let chain else {
            throw .chainUnreadable(file: file, reason: TLSFailure.takeReason())
        }
        guard ts_chain_count(chain) > 0 else {
            ts_chain_free(chain)
            throw .chainEmpty(file: file, holdsKey: holdsKey(pem))
        }
        return chain
    }

    private static func readKey(_ source: CertificateSource) throws(TLSFailure) -> OpaquePointer {
        var key: OpaquePointer?
        let result = source.key.withUnsafeBufferPointer { pem in
            guard let password = source.password else {
                return ts_key_read(pem.baseAddress, pem.count, nil, 0, &key)
            }
            return password.withUnsafeBufferPointer {
                ts_key_read(pem.baseAddress, pem.count, $0.baseAddress, $0.count, &key)
            }
        }
        if let key { return key }
        let reason = TLSFailure.takeReason()
        guard holdsKey(source.key) else { throw .keyMissing(file: source.keyName) }
        throw result == TS_KEY_LOCKED.rawValue
            ? .keyLocked(file: source.keyName, hadPassword: source.password != nil)
            : .keyUnreadable(file: source.keyName, reason: reason)
    }

    private static func check(
        _ chain: OpaquePointer, _ key: OpaquePointer, _ source: CertificateSource
    ) throws(TLSFailure) {
        let kind = TLSKeyKind(key)
        guard kind != .other else {
            throw .keyUnusable(file: source.keyName, kind: "that no cipher suite uses")
        }
        guard let chainKey = ts_chain_key(chain) else {
            throw .chainUnreadable(file: source.chainName, reason: TLSFailure.takeReason())
        }
        let shown = fingerprint(ofKey: chainKey)
        let own = fingerprint(ofKey: key)
        guard shown == own else {
            throw .pairMismatched(
                chain: source.chainName, subject: CertificateText.subject(of: chain),
                chainKey: shown, key: source.keyName, ownKey: own)
        }
    }

    /// The words before and behind differ by the key's form: PKCS #8, or one for each algorithm.
    private static func holdsKey(_ pem: [UInt8]) -> Bool {
        let mark = Array("PRIVATE KEY-----".utf8)
        guard pem.count >= mark.count else { return false }
        return (0...(pem.count - mark.count)).contains { pem[$0...].starts(with: mark) }
    }

    private static func fingerprint(ofKey key: OpaquePointer) -> String {
        CertificateText.hexadecimal { ts_key_fingerprint(key, $0) }
    }
}

extension TLSKeyKind {
    fileprivate init(_ key: OpaquePointer) {
        switch ts_key_kind(key) {
        case Int32(TS_KEY_RSA.rawValue): self = .rsa
        case Int32(TS_KEY_ECDSA.rawValue): self = .ecdsa
        case Int32(TS_KEY_ED25519.rawValue): self = .ed25519
        case Int32(TS_KEY_ED448.rawValue): self = .ed448
        default: self = .other
        }
    }
}

extension TLSCertificate {
    /// Reads the first certificate of a chain that has one.
    init(chain: OpaquePointer, file: String) {
        var notBefore: Int64 = 0
        var notAfter: Int64 = 0
        if !ts_chain_validity(chain, &notBefore, &notAfter) { notAfter = 0 }
        let key = ts_chain_key(chain)
        names = CertificateText.names(of: chain)
        subject = CertificateText.subject(of: chain)
        issuer = CertificateText.issuer(of: chain)
        self.notBefore = notBefore
        self.notAfter = notAfter
        fingerprint = CertificateText.hexadecimal { ts_chain_fingerprint(chain, $0) }
        keyKind = key.map { TLSKeyKind($0) } ?? .other
        keyBits = key.map { Int(ts_key_bits($0)) } ?? 0
        isSelfSigned = ts_chain_is_self_signed(chain)
        chainLength = Int(ts_chain_count(chain))
        self.file = file
    }
}
