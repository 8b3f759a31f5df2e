package import Primitives

extension ServerConfiguration {
    /// TLS and DTLS, and the bounds of clients that come by TCP, TLS or DTLS.
    ///
    /// `Listening.udp` and `Listening.tcp` say whether plain clients are served; every port tells
    /// plain clients, TLS and DTLS apart by their first bytes.
    package struct Streams: Sendable, Equatable {
        /// TLS clients are wanted; none can come without `certificates`.
        package var tls = true
        /// DTLS clients are wanted; none can come without `certificates`, or with `no-udp`.
        package var dtls = true
        /// Opened beside the listening port where TLS or DTLS is served (RFC 7065 §3.1: 5349).
        package var port: UInt16 = 5349
        /// Second port for RFC 5780; 0 means `port` plus one.
        package var alternatePort: UInt16 = 0
        /// The only TCP port when set: each connection must start with a PROXY header; 0: none.
        package var proxyPort: UInt16 = 0
        /// `proxy-from`; see `trustedProxies`.
        package var proxySources: [AddressRange] = []
        /// `cert`.
        package var certificate: String?
        /// `pkey`.
        package var privateKey: String?
        /// `pkey-pwd`, for every key that is encrypted.
        package var privateKeyPassword: String?
        /// The pair of `cert` and `pkey` first, then each `certificate` line in file order. The
        /// first is for clients that name no server, or one that no certificate has.
        package var certificates: [CertificateFiles] = []
        /// OpenSSL cipher list for TLS 1.2 and DTLS 1.2; nil means the server's own choice.
        package var ciphers: String?
        /// Refuse TLS 1.2, leaving 1.3; DTLS 1.2, the newest there is, stays.
        package var refusesTLS12 = false
        /// Where a plain HTTP request for an ACME challenge is sent.
        package var acmeRedirect: String?
        package var limits = StreamLimits()

        package init() {}

        /// Whether TLS clients can be served.
        package var servesTLS: Bool { tls && !certificates.isEmpty }

        /// Who may send PROXY headers: `proxy-from`, else this machine alone.
        package var trustedProxies: [AddressRange] {
            proxySources.isEmpty ? Self.loopback : proxySources
        }

        private static let loopback = ["127.0.0.0/8", "::1"].compactMap { AddressRange($0) }
    }

    /// One certificate and its key, as the file names them.
    package struct CertificateFiles: Sendable, Hashable {
        /// PEM: the certificate, then those that signed it.
        package var certificate: String
        /// PEM; may be the same file.
        package var privateKey: String
        /// Of the key, where it is encrypted; never shown.
        package var password: String?
        /// The line and where it stands, for messages: `FILE:LINE: KEY=VALUE`.
        package var source: String

        package init(
            certificate: String, privateKey: String, password: String? = nil, source: String
        ) {
            self.certificate = certificate
            self.privateKey = privateKey
            self.password = password
            self.source = source
        }

        /// The same with paths that do not start at the root taken from `folder`.
        package func resolved(in folder: String) -> CertificateFiles {
            var result = self
            result.certificate = Self.resolve(certificate, folder)
            result.privateKey = Self.resolve(privateKey, folder)
            return result
        }

        private static func resolve(_ path: String, _ folder: String) -> String {
            path.hasPrefix("/") || folder.isEmpty ? path : folder + "/" + path
        }
    }

    /// Bounds of clients that come by TCP, TLS or DTLS.
    package struct StreamLimits: Sendable, Equatable {
        /// Open connections of the whole server.
        package var connections = 16_384
        /// Open connections from one IPv4 /24 or IPv6 /64: an office behind one address has room,
        /// one network does not take it all. 0 means no bound of its own.
        package var connectionsPerPrefix = 1024
        /// Connections of the whole server whose protocol is not known yet.
        package var halfOpen = 4096
        /// The same from one IPv4 /24 or IPv6 /64; 0 means no bound of its own.
        package var halfOpenPerPrefix = 128
        /// From accepting to knowing the protocol: PROXY header, handshake, first request.
        package var handshakeTimeout = Seconds(10)
        /// How long a client may stay without an allocation.
        package var allocateTimeout = Seconds(60)
        /// Bytes that wait for one client that reads slowly; beyond it whole frames are dropped.
        package var queueBytes = 524_288
        /// How long a frame may wait for one client; then it is dropped.
        package var queueMilliseconds = 1000
        /// Peer connections of one TCP allocation (RFC 6062).
        package var peerConnectionsPerAllocation = 64
        /// The same for all allocations of one user.
        package var peerConnectionsPerUser = 256

        package init() {}
    }
}
