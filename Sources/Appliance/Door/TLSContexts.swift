import Crypto
import Synchronization

/// The contexts that new sessions begin with; replaced as one when certificates change. Read by the
/// control thread and by workers.
final class TLSContexts: Sendable {
    private let current = Mutex<(stream: TLSContext?, datagram: TLSContext?)>((nil, nil))

    /// Nil while no certificate is served.
    var stream: TLSContext? { current.withLock { $0.stream } }
    var datagram: TLSContext? { current.withLock { $0.datagram } }

    func replace(stream: TLSContext?, datagram: TLSContext?) {
        current.withLock { $0 = (stream, datagram) }
    }
}
