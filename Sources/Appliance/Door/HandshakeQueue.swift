import Crypto
import LinuxIO
import Primitives
import Synchronization

/// One DTLS handshake of one client of one worker.
struct HandshakeKey: Hashable, Sendable {
    var worker: Int
    /// The client's number in the worker's table.
    var client: UInt32
    var handshake: UInt64
}

/// What a worker gives away when a client has shown its cookie.
struct HandshakeStart: Sendable {
    /// Has taken the ClientHello and not answered it.
    var session: TLSSession
    /// The worker's, to answer through; open as long as the worker runs.
    var socket: UDPHandle
    var client: TransportAddress
}

/// What the worker gets back.
enum HandshakeOutcome: Sendable {
    /// With the messages that came behind the end of the handshake.
    case established(TLSSession, unread: [[UInt8]])
    /// A datagram that reached the control thread when the handshake was over.
    case late([UInt8])
    case failed
}

/// From the workers to the control thread, bounded: what does not fit is lost, and its sender sends
/// it again.
final class HandshakeQueue: Sendable {
    enum Item: Sendable {
        case begin(HandshakeKey, HandshakeStart)
        case datagram(HandshakeKey, [UInt8])
    }

    /// Two seconds of work at half a millisecond each.
    private static let capacity = 4_096
    /// Longer than any datagram of a client's handshake without a certificate.
    static let datagramMax = 2_048

    private let items = Mutex<[Item]>([])

    /// False when it is full.
    func append(_ item: Item) -> Bool {
        items.withLock { items in
            guard items.count < Self.capacity else { return false }
            items.append(item)
            return true
        }
    }

    /// Takes the oldest, at most `count`.
    func take(_ count: Int) -> [Item] {
        items.withLock { items in
            let taken = Array(items.prefix(count))
            items.removeFirst(taken.count)
            return taken
        }
    }

    /// Forgets handshakes that would be answered through one of these sockets.
    func forget(_ sockets: Set<UDPHandle>) {
        items.withLock { items in
            items.removeAll { item in
                guard case .begin(_, let start) = item else { return false }
                return sockets.contains(start.socket)
            }
        }
    }

    var isEmpty: Bool { items.withLock { $0.isEmpty } }
}
