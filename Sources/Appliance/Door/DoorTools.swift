import Crypto
import HTTP
import LinuxIO
import Primitives
import Reception
import TURN

/// What all connections of the door use: settings, the ledger, and buffers that no connection
/// needs for longer than one call.
final class DoorTools {
    var settings: DoorSettings
    /// By slot; those of closed listeners too, for connections that outlive them.
    var endpoints: [StreamEndpoint]
    let ledger: ConnectionLedger
    let service: any WebService
    /// What new sessions begin with.
    let contexts: TLSContexts
    var counters = DoorCounters()
    /// Connections that something happened to outside of their own events.
    private(set) var woken: [Int] = []
    private var dateSecond: UInt64 = 0
    private var dateText = HTTPDate.text(secondsSince1970: 0)
    /// For one read: a whole TLS record.
    let scratch = UnsafeMutableRawBufferPointer.allocate(
        byteCount: DoorTools.readBytes, alignment: 16)

    /// For what comes out of a record: with the first bytes, more than one read may go in at once.
    let plain = UnsafeMutableRawBufferPointer.allocate(
        byteCount: 2 * DoorTools.readBytes + TLSSession.plainMargin, alignment: 16)
    let sealed = TLSOutput()

    static let readBytes = 16_384

    init(
        _ streams: StreamListeners, contexts: TLSContexts, ledger: ConnectionLedger,
        service: any WebService
    ) {
        settings = DoorSettings(streams.settings, served: streams.served)
        endpoints = streams.endpoints
        self.contexts = contexts
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

    /// The `date` field of responses, made once a second (RFC 9110 §6.6.1).
    func date(at now: Now) -> String {
        if now.unixSeconds != dateSecond {
            dateSecond = now.unixSeconds
            dateText = HTTPDate.text(secondsSince1970: dateSecond)
        }
        return dateText
    }
}
