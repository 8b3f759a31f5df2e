import Crypto
import HTTP
import LinuxIO
import Primitives
import Reception
import TURN

/// What all connections of the door use: settings, the ledger, and buffers that no connection
/// needs for longer than one call.
final class DoorTools {
    let settings: DoorSettings
    let index: ListenerIndex
    let endpoints: [StreamEndpoint]
    let ledger: ConnectionLedger
    let service: any WebService
    /// What new sessions begin with; nil where TLS is not served.
    var tls: TLSContext?
    var counters = DoorCounters()
    /// Connections that something happened to outside of their own events.
    private(set) var woken: [Int] = []
    /// For one read: a whole TLS record.
    let scratch = UnsafeMutableRawBufferPointer.allocate(
        byteCount: DoorTools.readBytes, alignment: 16)

    /// For what comes out of a record: with the first bytes, more than one read may go in at once.
    let plain = UnsafeMutableRawBufferPointer.allocate(
        byteCount: 2 * DoorTools.readBytes + TLSSession.plainMargin, alignment: 16)
    let sealed = TLSOutput()

    static let readBytes = 16_384

    init(
        settings: DoorSettings, index: ListenerIndex, endpoints: [StreamEndpoint],
        ledger: ConnectionLedger, service: any WebService
    ) {
        self.settings = settings
        self.index = index
        self.endpoints = endpoints
        self.ledger = ledger
        self.service = service
    }

    deinit {
        scratch.deallocate()
        plain.deallocate()
    }

    func wake(_ index: Int) { woken.append(index) }

    func takeWoken() -> [Int] {
        defer { woken = [] }
        return woken
    }

    /// The `date` field of responses, made once a second.
    func date(at now: Now) -> String? { nil }
}
