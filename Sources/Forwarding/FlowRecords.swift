/// Marks "none" where a record holds an index.
let noIndex = UInt32.max

/// How a peer address may be reached (design ruling on own addresses and hairpin).
package enum Reach: UInt8, Sendable, BitwiseCopyable {
    /// Through the kernel: an ordinary peer.
    case network
    /// The peer is this server itself: only live relayed transport addresses, handed over in
    /// memory.
    case hairpin
    /// As `hairpin` while the port is live, else through the kernel (loopback opened by force).
    case hairpinOrNetwork
}

/// What stands between an allocation and its client.
package enum Wrapping: UInt8, Sendable, BitwiseCopyable {
    /// Datagrams through the listener's socket.
    case none
    /// A TCP or TLS connection: ChannelData is padded to four bytes (RFC 8656 §12.5).
    case stream
    /// A DTLS session.
    case datagrams
}

/// Where the newest send group of a flow stands; valid within one batch only.
struct GroupStamp {
    var batch: UInt32 = 0
    var group: UInt32 = 0
}

/// The hot state of one allocation.
struct AllocationRecord {
    var clientHigh: UInt64 = 0
    var clientLow: UInt64 = 0
    /// When it ends, in nanoseconds of the monotonic clock; 0 marks a vacant record.
    var expires: UInt64 = 0
    /// When it last carried a datagram in either direction.
    var active: UInt64 = 0
    var clientPort: UInt16 = 0
    var clientFamily: UInt8 = 0
    var isLimited = false
    var listener: UInt16 = 0
    var wrapping = Wrapping.none
    /// The listener's socket, through which the client is answered; none when it is wrapped.
    var clientSocket: Int32 = -1
    /// The number of the client's connection in the worker's own table, when it is wrapped.
    var connection = noIndex
    var relaySocket4: Int32 = -1
    var relaySocket6: Int32 = -1
    var down = GroupStamp()
    var firstBinding = noIndex
    var firstPermission = noIndex
    var meters = noIndex
    /// The lease of its user; none when users are not limited.
    var user = noIndex
    var traffic = Traffic()
    var relay4 = Endpoint()
    var relay6 = Endpoint()
    /// The addresses peers see; they differ from `relay4` and `relay6` behind a 1:1 NAT.
    var advertised4 = Endpoint()
    var advertised6 = Endpoint()
}

/// A transport address in the layout of the packet records; family 0 means none.
struct Endpoint: Equatable {
    var high: UInt64 = 0
    var low: UInt64 = 0
    var port: UInt16 = 0
    var family: UInt8 = 0
}

/// What one allocation relayed and dropped so far.
package struct Traffic: Equatable, Sendable, BitwiseCopyable {
    /// Datagrams and payload bytes from the client to its peers.
    package var packetsUp: UInt64 = 0
    package var bytesUp: UInt64 = 0
    /// Datagrams and payload bytes from peers to the client.
    package var packetsDown: UInt64 = 0
    package var bytesDown: UInt64 = 0
    /// Datagrams dropped in either direction, for whatever reason.
    package var dropsUp: UInt64 = 0
    package var dropsDown: UInt64 = 0

    package init() {}
}

/// One channel binding (RFC 8656 §12).
struct BindingRecord {
    var peer = Endpoint()
    var expires: UInt64 = 0
    var allocation: UInt32 = 0
    /// The permission of the peer's address; forwarding needs both to be live.
    var permission = noIndex
    var next = noIndex
    var up = GroupStamp()
    var channel: UInt16 = 0
    var reach = Reach.network
}

/// One permission (RFC 8656 §9).
struct PermissionRecord {
    var high: UInt64 = 0
    var low: UInt64 = 0
    var expires: UInt64 = 0
    var allocation: UInt32 = 0
    var next = noIndex
    var family: UInt8 = 0
    var reach = Reach.network
}
