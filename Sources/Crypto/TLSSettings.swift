/// A certificate chain with its private key, as bytes of PEM; the names are for people.
package struct CertificateSource: Sendable {
    /// The server's certificate first, then those that lead to a root.
    package var chain: [UInt8]
    /// What messages call the chain: the file's path.
    package var chainName: String
    package var key: [UInt8]
    package var keyName: String
    /// For an encrypted key (`pkey-pwd`).
    package var password: [UInt8]?

    package init(
        chain: [UInt8], chainName: String, key: [UInt8], keyName: String,
        password: [UInt8]? = nil
    ) {
        self.chain = chain
        self.chainName = chainName
        self.key = key
        self.keyName = keyName
        self.password = password
    }
}

/// Keys and passwords stay out of whatever prints the value.
extension CertificateSource: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String { "\(chainName) with \(keyName)" }
    package var debugDescription: String { description }
}

/// What a `TLSContext` is made from.
package struct TLSSettings: Sendable {
    /// For servers: the first is shown to clients that ask for no name, or for an unknown one.
    package var certificates: [CertificateSource]
    /// TLS 1.2 and DTLS 1.2 suites in OpenSSL's notation (`cipher-list`); nil: ephemeral keys and
    /// authenticated ciphers. What it names of NULL, anonymous, export, RC4, DES and MD5 suites is
    /// left out.
    package var cipherList: String?
    /// TLS 1.3 only. DTLS stays: there is no other than 1.2.
    package var refusesTLS12: Bool
    /// For clients: the application protocols to offer (RFC 7301). Servers choose `stun.turn`
    /// (RFC 7443) or `http/1.1`.
    package var protocols: [String]

    /// For clients: who may vouch for the server.
    package var trust: TLSTrust

    /// For clients: whether a session ends where nobody vouches for the server; else it goes on,
    /// and `TLSSession.distrust` says what is wrong.
    package var isTrustDemanded: Bool

    package init(
        certificates: [CertificateSource] = [], cipherList: String? = nil,
        refusesTLS12: Bool = false, protocols: [String] = [], trust: TLSTrust = .system,
        isTrustDemanded: Bool = true
    ) {
        self.certificates = certificates
        self.cipherList = cipherList
        self.refusesTLS12 = refusesTLS12
        self.protocols = protocols
        self.trust = trust
        self.isTrustDemanded = isTrustDemanded
    }
}

/// Whose word a client takes for who a server is.
package enum TLSTrust: Sendable {
    /// That of the authorities that the system knows.
    case system
    /// That of the certificates in a PEM text only; the name of its file is for people.
    case authorities(pem: [UInt8], file: String)
    /// Any certificate will do: for measurements and tests.
    case anyone
}

/// What carries the records: TLS over a byte stream, DTLS over datagrams.
package enum TLSTransport: Sendable {
    case stream
    case datagram
}

/// Which side of the handshake.
package enum TLSRole: Sendable {
    case server
    case client
}
