package import Primitives

extension ServerConfiguration {
    /// TLS, DTLS and PROXY settings; kept for the stream listener, which reads them once it exists.
    package struct Streams: Sendable, Equatable {
        /// Serve TLS clients.
        package var tls = true
        /// Serve DTLS clients; coturn 4.17 has it off too.
        package var dtls = false
        package var port: UInt16 = 5349
        /// 0 means `port` plus one.
        package var alternatePort: UInt16 = 0
        /// A listener that demands the PROXY protocol, version 2; 0 means none.
        package var proxyPort: UInt16 = 0
        /// PEM file with the certificate chain.
        package var certificate: String?
        /// PEM file with the private key.
        package var privateKey: String?
        package var privateKeyPassword: String?
        /// OpenSSL cipher list for TLS 1.2.
        package var ciphers: String?
        /// Refuse TLS 1.2, leaving 1.3.
        package var refusesTLS12 = false
        /// Where a plain HTTP request for an ACME challenge is sent.
        package var acmeRedirect: String?

        package init() {}
    }

    /// What is logged, and where to.
    package struct LogSettings: Sendable, Equatable {
        package var level = LogLevel.info
        /// A path; nil means standard output.
        package var file: String?
        /// Log Binding requests too.
        package var bindings = false

        package init() {}
    }

    /// How much is logged, least to most.
    package enum LogLevel: Int, Sendable, Comparable {
        case error, warning, info
        /// `verbose`: every allocation and refusal.
        case detail
        /// `Verbose`: every message of the control path.
        case debug

        package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    }

    /// The metrics endpoint; kept until this version serves one.
    package struct Metrics: Sendable, Equatable {
        package var isEnabled = false
        /// Nil means every address, as coturn.
        package var address: IPAddress?
        package var port: UInt16 = 9641
        package var path = "/metrics"

        package init() {}
    }

    /// The process around the server.
    package struct ProcessSettings: Sendable, Equatable {
        /// Relay threads; 0 means one per core.
        package var workers = 0
        /// The user to become when started as root; nil means `turnstone`, or `nobody` without it.
        package var user: String?
        /// The group to become when started as root; nil means the user's own.
        package var group: String?
        /// Where to write the process id; nil means nowhere.
        package var pidFile: String?
        /// The unix socket of the command line.
        package var adminSocket = "/run/turnstone/admin.sock"
        /// A group whose members may use the socket beside root and the server's own user.
        package var adminGroup: String?
        /// Where state that outlives the process is kept.
        package var stateDirectory = "/var/lib/turnstone"

        package init() {}
    }
}
