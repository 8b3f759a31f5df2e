package import Primitives

/// Something the operator may want to read; values only, never a key, password or nonce.
package enum Event: Sendable {
    case allocated(AllocationHandle, user: String, client: FiveTuple)
    case ended(AllocationHandle, user: String, reason: EndReason, ageSeconds: UInt32)
    /// A Binding request was answered, and before it `untold` others since the last event of this
    /// kind. Only where `ServerSettings.tellsBindings` asks for it.
    case binding(client: FiveTuple, untold: UInt64)
    /// A request was answered with an error. `user` is what the client calls itself, without
    /// control characters; `isProven` says whether its signature fits. Nil where it says nothing.
    case refused(
        client: FiveTuple, method: UInt16, code: UInt16, cause: RefusalCause, user: String?,
        isProven: Bool = true)
}

/// Why an allocation ended.
package enum EndReason: String, Sendable, CaseIterable {
    case deletedByClient = "deleted by client"
    case expired
    case killed
    case revoked
    case evicted = "idle, evicted for the user's next allocation"
    case tooOld = "reached max-allocation-age"
    case streamClosed = "the client's connection closed"
    case listenerGone = "listener or relay address removed"
}

/// The human cause of an error response; what it says stays on the server.
package enum RefusalCause: Sendable, Hashable {
    /// No integrity attribute: the ordinary first request (RFC 8489 §9.2.4).
    case noCredentials
    case malformed(String)
    case missingAuthenticationAttribute
    case passwordAlgorithmsAltered
    /// Nil where the text is none.
    case wrongRealm(String?)
    case credentials(CredentialFailure)
    case staleNonce(age: UInt32, limit: Seconds)
    case foreignNonce
    case unknownAttributes
    case noAllocation
    case allocationExists
    /// The owner's name.
    case otherUser(String)
    case unsupportedTransport(UInt8)
    case unsupportedFamily
    case familyMismatch
    case peerDenied(TransportAddress, PeerDenial)
    /// What is bound.
    case channelConflict(number: UInt16, TransportAddress)
    case channelAbove4FFF(UInt16)
    case userOverQuota(used: Int, limit: Int)
    case serverFull(used: Int, limit: Int)
    case noRelayPort(AddressFamily)
    case relayNotOpened(AddressFamily)
    case invalidReservation
    case permissionLimit(Int)
    case permissionRate(perSecond: Int)
    case channelLimit(Int)
    case tcpRelayOverDatagrams
    case noTCPAllocation
    case udpAllocationOnly
    case connectionExists(TransportAddress)
    case connectToItself
    case connectFailed(TransportAddress)
    case connectTimedOut(TransportAddress, seconds: UInt32)
    case noSuchRelay(TransportAddress)
    case connectionLimit(Int)
    case userConnectionLimit(used: Int, limit: Int)
    case unknownConnection
    case connectionBound
    case streamHasAllocation
    case classicOverDTLS
    /// The key of the configuration.
    case disabled(by: String)
    case draining
}

extension RefusalCause: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noCredentials: "no credentials yet"
        case .malformed(let what): "malformed: \(what)"
        case .missingAuthenticationAttribute: "signed, but USERNAME, REALM or NONCE is missing"
        case .passwordAlgorithmsAltered:
            "PASSWORD-ALGORITHMS differ from the offer (bid-down attempt or broken client)"
        case .wrongRealm(let realm?): "the client uses another realm, '\(realm)'"
        case .wrongRealm(nil): "the client uses another realm"
        case .credentials(let failure): failure.description
        case .staleNonce(let age, let limit):
            "the nonce is \(age) s old, \(limit.count) s are allowed (stale-nonce)"
        case .foreignNonce: "nonce was not issued to this address"
        case .unknownAttributes: "unknown attributes that must be understood"
        case .noAllocation:
            "no allocation on this 5-tuple; it ended, or the client's address has changed"
        case .allocationExists: "5-tuple already has an allocation"
        case .otherUser(let name): "the allocation belongs to another user, \(name)"
        case .unsupportedTransport(let number): "transport \(number) is not served"
        case .unsupportedFamily: "address family is not served"
        case .familyMismatch: "peer family has no relay in this allocation"
        case .peerDenied(let peer, let denial):
            "peer \(peer) denied: \(denial)"
        case .channelConflict(let number, let peer):
            "channel 0x\(String(number, radix: 16)) is bound to \(peer): one number, one peer"
        case .channelAbove4FFF(let number):
            "channel 0x\(String(number, radix: 16)) is above 0x4fff, where RFC 8656 ends them; "
                + "for clients of RFC 5766 set rfc5766-channel-numbers"
        case .userOverQuota(let used, let limit): "user over quota, \(used) of \(limit)"
        case .serverFull(let used, let limit): "server full, \(used) of \(limit) allocations"
        case .noRelayPort(let family): "no free relay port (\(family))"
        case .relayNotOpened(let family): "relay socket could not be opened (\(family))"
        case .invalidReservation: "reservation token invalid or expired"
        case .permissionLimit(let limit): "permission limit of \(limit) reached"
        case .permissionRate(let rate): "more than \(rate) new permissions a second"
        case .channelLimit(let limit): "channel limit of \(limit) reached"
        case .tcpRelayOverDatagrams: "TCP relays need a client that comes by TCP or TLS"
        case .noTCPAllocation: "the allocation relays datagrams, not connections"
        case .udpAllocationOnly: "the allocation relays connections, not datagrams"
        case .connectionExists(let peer): "a connection with \(peer) exists or is being made"
        case .connectToItself: "the peer is the allocation's own relay"
        case .connectFailed(let peer): "\(peer) did not accept the connection"
        case .connectTimedOut(let peer, let seconds):
            "\(peer) did not answer within \(seconds) s"
        case .noSuchRelay(let peer): "\(peer) is no TCP relay of this server at the moment"
        case .connectionLimit(let limit): "connection limit of \(limit) reached"
        case .userConnectionLimit(let used, let limit):
            "user has \(used) of \(limit) connections with peers"
        case .unknownConnection: "no such connection waits; it may have timed out or closed"
        case .connectionBound: "the connection has its stream already"
        case .streamHasAllocation: "this stream carries an allocation; a fresh one is needed"
        case .classicOverDTLS: "a client of RFC 3489 over DTLS"
        case .disabled(let key): "switched off by \(key)"
        case .draining: "the server drains: it takes no new allocations"
        }
    }
}
