import Primitives
import TURN

/// The numbering of listeners: which `ListenerID` means which address and transport.
///
/// Sockets have slots (`ListenerSlots`). Of the UDP socket in slot n, `4n` is UDP and `4n + 1`
/// DTLS; of the stream endpoint in slot n, `4n + 2` is TCP and `4n + 3` TLS. One port thus has two
/// numbers; which one a client gets is decided by its first bytes. A number exists also where its
/// transport is switched off; no client ever gets it then. No number depends on how many others
/// there are, so that a reload may add and remove some.
enum ListenerIndex {
    /// Slots of each kind: numbers have 16 bits.
    static let slotsMax = 1 << 14

    /// What a number stands for; the value is the slot.
    enum Place: Sendable, Hashable {
        case udp(Int)
        case dtls(Int)
        case tcp(Int)
        case tls(Int)
    }

    static func udp(_ slot: Int) -> ListenerID { id(slot, 0) }

    static func dtls(_ slot: Int) -> ListenerID { id(slot, 1) }

    static func tcp(_ slot: Int) -> ListenerID { id(slot, 2) }

    static func tls(_ slot: Int) -> ListenerID { id(slot, 3) }

    static func place(of listener: ListenerID) -> Place {
        let slot = Int(listener.index >> 2)
        return switch listener.index & 3 {
        case 0: .udp(slot)
        case 1: .dtls(slot)
        case 2: .tcp(slot)
        default: .tls(slot)
        }
    }

    private static func id(_ slot: Int, _ kind: Int) -> ListenerID {
        ListenerID(index: UInt16(slot << 2 | kind))
    }
}
