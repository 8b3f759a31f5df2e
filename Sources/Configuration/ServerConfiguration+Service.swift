package import Primitives

extension ServerConfiguration {
    /// What is logged, and where to.
    package struct LogSettings: Sendable, Equatable {
        package var level = LogLevel.info
        /// A path; nil means standard output.
        package var file: String?
        /// The system log, in the place of either.
        package var usesSystemLog = false
        package var facility = LogFacility.daemon
        package var format = LogFormat.text
        /// Addresses of clients and peers are cut to their networks.
        package var masksAddresses = false
        /// Log Binding requests too.
        package var bindings = false

        package init() {}
    }

    /// What the system log sorts lines by (syslog(3)).
    package enum LogFacility: String, Sendable, CaseIterable {
        case kern, user, mail, daemon, auth, syslog, lpr, news, uucp, cron, authpriv, ftp
        case local0, local1, local2, local3, local4, local5, local6, local7

        /// As RFC 5424 §6.2.1 counts them.
        package var number: Int {
            let index = Self.allCases.firstIndex(of: self) ?? 0
            // Four between ftp and local0 are not for programs to use.
            return self.rawValue.hasPrefix("local") ? index + 4 : index
        }
    }

    /// Whom the log is for.
    package enum LogFormat: String, Sendable, CaseIterable {
        /// People.
        case text
        /// Programs: one JSON object in each line.
        case json
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

    /// A port of its own for metrics, which asks nobody who they are.
    package struct Metrics: Sendable, Equatable {
        package var isEnabled = false
        /// Nil: nobody named one.
        package var address: IPAddress?
        package var port: UInt16 = 9641
        package var path = "/metrics"
        /// Serve them over TLS, and no other way.
        package var tls = false
        /// `prometheus-cert`.
        package var certificate: String?
        /// `prometheus-key`.
        package var privateKey: String?
        /// What TLS is served with: the pair of its own, or else the server's.
        package var certificates: [CertificateFiles] = []

        package init() {}

        /// Where they are served. Who names no address gets this machine alone: coturn would show
        /// its numbers to everybody.
        package var endpoint: TransportAddress {
            TransportAddress(address ?? IPAddress(v4: 0x7f00_0001), port)
        }

        /// The same for sockets, which take one family each: `::` means both, as in coturn.
        package var endpoints: [TransportAddress] {
            let isEverything = endpoint.ip == IPAddress(v6High: 0, low: 0)
            return [endpoint] + (isEverything ? [TransportAddress(IPAddress(v4: 0), port)] : [])
        }

        /// Whether there is something to serve, and a way to.
        package var isServed: Bool { isEnabled && (!tls || !certificates.isEmpty) }
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
        /// Where state that outlives the process is kept; nil: nowhere. The reader of the file puts
        /// the folder of the service manager here when no line names one.
        package var stateDirectory: String?

        package init() {}
    }
}
