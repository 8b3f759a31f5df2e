extension Counters {
    /// What is counted apart among allocations: how the client comes, and where its relays are.
    package struct AllocationKind: Sendable, Hashable {
        package var client: ServerSettings.Transport
        package var relay: Relay

        package init(client: ServerSettings.Transport, relay: Relay) {
            self.client = client
            self.relay = relay
        }

        /// The families granted at birth.
        package enum Relay: String, Sendable, CaseIterable {
            case ipv4, ipv6, both
        }
    }

    /// An error that a request was answered with, and why; both are of small sets.
    package struct Refusal: Sendable, Hashable {
        package var code: UInt16
        /// `RefusalCause.label`.
        package var cause: String

        package init(code: UInt16, cause: String) {
            self.code = code
            self.cause = cause
        }
    }
}

extension RefusalCause {
    /// A word for counting: one for each kind, whoever asked for whatever.
    package var label: String {
        switch self {
        case .noCredentials: "no-credentials"
        case .malformed: "malformed"
        case .missingAuthenticationAttribute: "missing-attribute"
        case .passwordAlgorithmsAltered: "algorithms-altered"
        case .wrongRealm: "wrong-realm"
        case .credentials(let failure): failure.label
        case .staleNonce: "stale-nonce"
        case .foreignNonce: "foreign-nonce"
        case .unknownAttributes: "unknown-attributes"
        case .noAllocation: "no-allocation"
        case .allocationExists: "allocation-exists"
        case .otherUser: "other-user"
        case .unsupportedTransport: "unsupported-transport"
        case .unsupportedFamily: "unsupported-family"
        case .familyMismatch: "family-mismatch"
        case .peerDenied: "peer-denied"
        case .channelConflict: "channel-conflict"
        case .channelAbove4FFF: "channel-number"
        case .userOverQuota: "user-quota"
        case .serverFull: "server-full"
        case .noRelayPort: "no-relay-port"
        case .relayNotOpened: "relay-not-opened"
        case .invalidReservation: "invalid-reservation"
        case .permissionLimit: "permission-limit"
        case .permissionRate: "permission-rate"
        case .channelLimit: "channel-limit"
        case .tcpRelayOverDatagrams, .noTCPAllocation, .udpAllocationOnly: "wrong-relay-transport"
        case .connectionExists: "connection-exists"
        case .connectToItself: "connect-to-itself"
        case .connectFailed: "connect-failed"
        case .connectTimedOut: "connect-timed-out"
        case .noSuchRelay: "no-such-relay"
        case .connectionLimit: "connection-limit"
        case .userConnectionLimit: "user-connection-limit"
        case .unknownConnection: "unknown-connection"
        case .connectionBound: "connection-bound"
        case .streamHasAllocation: "stream-has-allocation"
        case .classicOverDTLS: "classic-over-dtls"
        case .draining: "draining"
        case .disabled: "switched-off"
        }
    }
}

extension CredentialFailure {
    /// As `RefusalCause.label`.
    package var label: String {
        switch self {
        case .malformedName: "malformed-name"
        case .unknownUser, .unknownUserHash: "unknown-user"
        case .wrongPassword: "wrong-password"
        case .onlyMD5Key: "only-md5-key"
        case .fitsNoSecret: "fits-no-secret"
        case .mechanismOff: "mechanism-off"
        case .expired: "expired"
        case .revoked: "revoked"
        case .otherRealm: "wrong-realm"
        case .secretAsPassword: "secret-as-password"
        }
    }
}
