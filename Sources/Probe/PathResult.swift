package import Primitives

/// The steps of a client on its way to relayed packets, in their order.
package enum StepName: String, Sendable, Hashable, CaseIterable {
    case connect
    case handshake
    case binding
    /// The Allocate without credentials, which asks for the challenge.
    case challenge
    case allocate
    /// The second allocation, whose owner plays the peer.
    case allocateSecond = "allocate-second"
    case permitRelay = "permit-relay"
    case permitOwn = "permit-own"
    case channel
}

/// Why a connection to the server, or a socket, is of no use.
package enum LegFailure: Sendable, Hashable {
    /// A reset, or an ICMP message that nothing listens.
    case refused
    /// The network or this machine says that there is no way.
    case unreachable(String)
    case handshake(String)
    /// The server hung up.
    case closed
    /// This machine lacks something.
    case local(String)
}

/// How a step ended.
package enum StepOutcome: Sendable, Hashable {
    case ok
    case refused(TurnRefusal)
    case silence
    case failed(LegFailure)
}

/// One step with its cost.
package struct ProbeStep: Sendable, Hashable {
    package let name: StepName
    package let outcome: StepOutcome
    package let nanoseconds: UInt64
    /// Requests that were sent again: packets are lost, or somebody is slow.
    package let retransmissions: Int
}

/// What a server showed of itself in a TLS or DTLS handshake.
package struct ProbeCertificate: Sendable, Hashable {
    /// Host names and addresses, lower case.
    package var names: [String]
    package var subject: String
    package var issuer: String
    /// Seconds since 1970, inclusive.
    package var notBefore: Int64
    package var notAfter: Int64
    package var isSelfSigned: Bool
    package var chainLength: Int
    package var key: String
    /// SHA-256 of the certificate.
    package var fingerprint: String
    /// Why no authority of this machine vouches for it, in the words of the TLS library.
    package var distrust: String?

    package init(
        names: [String], subject: String, issuer: String, notBefore: Int64, notAfter: Int64,
        isSelfSigned: Bool, chainLength: Int, key: String, fingerprint: String, distrust: String?
    ) {
        self.names = names
        self.subject = subject
        self.issuer = issuer
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.isSelfSigned = isSelfSigned
        self.chainLength = chainLength
        self.key = key
        self.fingerprint = fingerprint
        self.distrust = distrust
    }

    /// Whether it is good for a host name or the text of an address: exactly, or by a wildcard for
    /// the first label (RFC 9525 §6.3).
    package func covers(_ host: String) -> Bool {
        let host = host.lowercased()
        if let address = IPAddress(host) {
            return names.contains { IPAddress($0) == address }
        }
        let wildcard = host.firstIndex(of: ".").map { "*" + host[$0...] }
        return names.contains { $0 == host || $0 == wildcard }
    }
}

/// What a handshake agreed on.
package struct ProbeHandshake: Sendable, Hashable {
    package var version: String
    package var cipher: String
    /// By ALPN.
    package var chosenProtocol: String?
    package var certificate: ProbeCertificate?

    package init(
        version: String, cipher: String, chosenProtocol: String?, certificate: ProbeCertificate?
    ) {
        self.version = version
        self.cipher = cipher
        self.chosenProtocol = chosenProtocol
        self.certificate = certificate
    }
}

/// Everything that was found on one transport to one address.
package struct PathResult: Sendable, Hashable {
    package let transport: ProbeTransport
    package let server: TransportAddress
    package var steps: [ProbeStep] = []
    package var handshake: ProbeHandshake?
    /// The probe's address as the server sees it.
    package var mapped: TransportAddress?
    package var relayed: TransportAddress?
    package var lifetimeSeconds: UInt32?
    package var realm: String?
    package var software: String?
    /// The server gave an allocation to somebody without credentials.
    package var isOpenRelay = false
    /// A success came without proof that the server knows the password.
    package var isUnproven = false
    /// The server relays no packets of the address family that it was asked over.
    package var lacksFamily = false
    package var echoes: [EchoResult] = []

    package init(transport: ProbeTransport, server: TransportAddress) {
        self.transport = transport
        self.server = server
    }

    package func step(_ name: StepName) -> ProbeStep? { steps.first { $0.name == name } }
    package func outcome(_ name: StepName) -> StepOutcome? { step(name)?.outcome }
    package func echo(_ mode: EchoMode) -> EchoResult? { echoes.first { $0.mode == mode } }

    /// Anything at all came back from the server by this path.
    package var isAnswered: Bool {
        steps.contains {
            guard $0.name != .connect else { return false }
            if case .refused = $0.outcome { return true }
            return $0.outcome == .ok
        }
    }
}
