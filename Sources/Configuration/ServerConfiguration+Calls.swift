package import Primitives

extension ServerConfiguration {
    /// Calls: who may take part, how long things last, and whom the server tells of them.
    package struct Calls: Sendable, Equatable {
        package var tokens = Tokens()
        package var demo = Demo()
        package var limits = CallLimits()
        package var hooks = Hooks()
        /// Whether anybody may call and watch anybody whose token does not say otherwise.
        package var hasOpenDirectory = false
        package var busyMode = BusyMode.reject
        package var reconnectPolicy = ReconnectPolicy.both
        package var ringTimeout = Seconds(60)
        package var connectTimeout = Seconds(30)
        /// How long a seat is kept for somebody who is away.
        package var reconnectWindow = Seconds(1_800)
        /// How long a session is kept after its socket, when it holds no seat.
        package var sessionRetention = Seconds(120)
        /// How long a call waits for its second side.
        package var waitingLifetime = Seconds(10_800)
        /// How long a call may last; zero is without bound.
        package var durationMax = Seconds(0)
        /// How long a stop may take to say goodbye to WebSockets.
        package var drainTimeout = Seconds(30)
        /// Whether `/apiv2/ws` is served, which takes a seat token in the query.
        package var servesAlias = false
        /// Whether a token may stand in the query of the socket's URL.
        package var takesTokenInURL = false
        /// What opens `/metrics`; nil: the path does not exist.
        package var adminToken: String?

        package init() {}

        /// Whether anybody can take part at all; without it no path of calls exists.
        package var isEnabled: Bool { !tokens.keys.isEmpty || demo.isOn }
    }

    /// Which tokens are good.
    package struct Tokens: Sendable, Equatable {
        /// In file order, at most `Configuration.Bounds.tokenKeys`.
        package var keys: [TokenKey] = []
        /// Accepted `iss`; empty: any.
        package var issuers: [String] = []
        /// One of these must be in `aud`.
        package var audiences = ["turnstone"]
        /// `exp` minus `iat` at most.
        package var lifetimeMax = Seconds(86_400)

        package init() {}
    }

    /// A `token-key` line.
    package struct TokenKey: Sendable, Equatable {
        /// The `kid` of tokens; nil fits tokens that name no key.
        package var name: String?
        package var algorithm: TokenKeyAlgorithm
        package var material: Material
        /// The line, for messages; holds no secret.
        package var source: String

        package init(
            name: String?, algorithm: TokenKeyAlgorithm, material: Material, source: String
        ) {
            self.name = name
            self.algorithm = algorithm
            self.material = material
            self.source = source
        }

        /// What signatures are checked with.
        package enum Material: Sendable, Equatable {
            /// For HS256.
            case secret(String)
            /// A file that holds the secret.
            case secretFile(String)
            /// A file that holds a public key in PEM form.
            case publicKeyFile(String)
            /// The text of such a file, once it was read.
            case publicKey(String)
        }
    }

    /// The algorithms of tokens (RFC 7518 §3.1, RFC 8037 §3.1), by their names there.
    package enum TokenKeyAlgorithm: String, Sendable, CaseIterable {
        case hs256 = "HS256"
        case edDSA = "EdDSA"
        case es256 = "ES256"
        case rs256 = "RS256"
    }

    /// Signing in without a token.
    package struct Demo: Sendable, Equatable {
        package var isOn = false
        /// Also on addresses that others reach.
        package var isPublic = false

        package init() {}
    }

    /// What becomes of a call to somebody who is in one.
    package enum BusyMode: String, Sendable, CaseIterable {
        case reject
        /// It rings, and says that they are busy.
        case waiting
    }

    /// What ends a call whose sides are away.
    package enum ReconnectPolicy: String, Sendable, CaseIterable {
        /// Both have been away for the whole window.
        case both
        /// One has.
        case any
    }

    /// How much of everything.
    package struct CallLimits: Sendable, Equatable {
        package var calls = 100_000
        package var callsPerUser = 16
        package var sockets = 100_000
        package var socketsPerUser = 8
        /// Sockets from one address that have not signed in.
        package var socketsPerAddress = 64

        package init() {}
    }

    /// Whom the server tells of calls, and asks.
    package struct Hooks: Sendable, Equatable {
        /// `webhook-url`, http or https.
        package var url: String?
        /// Signs everything that is sent.
        package var secret: String?
        /// Who is meant by a chat is asked here.
        package var resolverURL: String?
        /// Whether the application can wake devices.
        package var canPush = false
        /// Certificates in PEM form that https hooks may be signed by, instead of the system's.
        package var authorityFile: String?

        package init() {}
    }
}
