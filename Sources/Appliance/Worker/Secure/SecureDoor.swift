import Crypto
import LinuxIO
import Primitives
import Reception
import TURN

/// What workers share to serve DTLS.
struct SecureParts: Sendable {
    var contexts: TLSContexts
    var cookies: DTLSCookies
    var ledger: ConnectionLedger
    var handshakes: HandshakeQueue
}

/// Where DTLS clients without a session knock at a worker: no state until their cookie comes back.
final class SecureDoor {
    private let parts: SecureParts
    private var listener: DTLSListener?
    private var context: TLSContext?
    private var handshakeCount: UInt64 = 0

    init(_ parts: SecureParts) { self.parts = parts }

    /// Whether DTLS is served at this moment.
    var isOpen: Bool { parts.contexts.datagram != nil }

    /// The session of a client that showed its cookie. Else nil, and `output` may hold an answer.
    func knock(
        _ datagram: UnsafeRawBufferPointer, from client: TransportAddress, at now: MonotonicTime,
        output: TLSOutput
    ) -> TLSSession? {
        guard let current = parts.contexts.datagram else { return nil }
        if current !== context {
            context = current
            listener = DTLSListener(current, cookies: parts.cookies)
        }
        return listener?.receive(datagram, from: client, at: now, output: output)
    }

    /// A place for a new client; nil where its network or all together have too many.
    func admit(_ client: TransportAddress) -> ConnectionPlace? {
        try? parts.ledger.admit(client.ip)
    }

    /// Numbers of handshakes, never the same twice.
    func nextHandshake() -> UInt64 {
        handshakeCount += 1
        return handshakeCount
    }

    /// False when the control thread has too much to do.
    func pass(_ item: HandshakeQueue.Item) -> Bool { parts.handshakes.append(item) }
}
