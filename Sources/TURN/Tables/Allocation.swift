import Primitives
import STUN

/// One allocation (RFC 8656 §6) as a flat record; its permissions and channels are lists of
/// records in tables that all allocations share.
struct Allocation {
    enum State: UInt8 {
        case vacant
        /// A relay socket is being opened.
        case opening
        case live
    }

    var state = State.vacant
    var tuple = FiveTuple(
        client: TransportAddress(IPAddress(v4: 0), 0), listener: ListenerID(index: 0))
    /// As sent by the client; later requests must carry the same (RFC 8656 §5).
    var username = ""
    /// What signs every later request and response of this allocation.
    var key = SigningKey()
    /// Of the Allocate request, to know its retransmissions.
    var transaction = TransactionID(0)
    /// Index of the user's `UserSlot`.
    var user = noIndex
    /// Counts the allocations that had this index before.
    var generation: UInt32 = 0
    var born = MonotonicTime(nanoseconds: 0)
    /// The time-to-expiry of each relayed transport address (RFC 8656 §6).
    var expiresV4 = MonotonicTime(nanoseconds: 0)
    var expiresV6 = MonotonicTime(nanoseconds: 0)
    /// When its timer is set.
    var wakes = MonotonicTime.never
    /// When the last permission ended; while there is one, without meaning.
    var bareSince = MonotonicTime(nanoseconds: 0)
    /// What its relays pass on: datagrams, or connections (RFC 6062).
    var transport = RelayTransport.udp
    var relayV4 = RelayPort()
    var relayV6 = RelayPort()

    // What the success response said, for its retransmissions (RFC 8489 §6.3.1).
    var grantedLifetime: UInt32 = 0
    /// RESERVATION-TOKEN; 0: none.
    var token: UInt64 = 0
    /// The code of ADDRESS-ERROR-CODE, 0: none, and its family.
    var addressError: UInt16 = 0
    var missingFamily: UInt8 = 0
    /// The families granted at birth; Refresh may give one up later.
    var grantedV4 = RelayPort()
    var grantedV6 = RelayPort()

    var firstPermission = noIndex
    var firstChannel = noIndex
    var firstConnection = noIndex
    var permissionCount: UInt16 = 0
    var channelCount: UInt16 = 0
    var connectionCount: UInt16 = 0
    var nextOfUser = noIndex
    var previousOfUser = noIndex

    func relay(_ family: AddressFamily) -> RelayPort { family == .ipv4 ? relayV4 : relayV6 }

    func expires(_ family: AddressFamily) -> MonotonicTime {
        family == .ipv4 ? expiresV4 : expiresV6
    }

    /// When the last of its relays ends.
    var expires: MonotonicTime {
        max(
            relayV4.exists ? expiresV4 : MonotonicTime(nanoseconds: 0),
            relayV6.exists ? expiresV6 : MonotonicTime(nanoseconds: 0))
    }

    mutating func setExpires(_ time: MonotonicTime, _ family: AddressFamily) {
        if family == .ipv4 { expiresV4 = time } else { expiresV6 = time }
    }

    mutating func setRelay(_ relay: RelayPort, _ family: AddressFamily) {
        if family == .ipv4 { relayV4 = relay } else { relayV6 = relay }
    }
}

/// A relayed transport address in four bytes: a row of the settings' relay addresses, and a port.
struct RelayPort: Equatable {
    /// Index into the table of relay addresses in use.
    var address: UInt16 = 0
    /// 0: no relay.
    var port: UInt16 = 0

    var exists: Bool { port != 0 }

    /// The upper half of the pair that begins with this even port.
    var next: RelayPort { RelayPort(address: address, port: port | 1) }
}

/// One permission (RFC 8656 §9), a link in its allocation's list.
struct Permission {
    var peer = IPAddress(v4: 0)
    var expires = MonotonicTime(nanoseconds: 0)
    var next = noIndex
    /// What the forwarding side was told: the peer is an address of this server.
    var isOwn = false
}

/// One channel binding (RFC 8656 §12), a link in its allocation's list.
struct Channel {
    var peer = TransportAddress(IPAddress(v4: 0), 0)
    var number: UInt16 = 0
    var expires = MonotonicTime(nanoseconds: 0)
    var next = noIndex
    /// As in a permission.
    var isOwn = false
}
