import Primitives
import TURN

/// The numbering of listeners: which `ListenerID` means which address and transport.
///
/// With U addresses for UDP and S endpoints for streams: `0..<U` is UDP, `U..<2U` DTLS on the same
/// addresses, and of endpoint s, `2U + 2s` is TCP and `2U + 2s + 1` TLS. One port thus has two
/// numbers; which one a client gets is decided by its first bytes. A number exists also where its
/// transport is switched off; no client ever gets it then.
struct ListenerIndex: Sendable, Hashable {
    /// Addresses that have a UDP socket in each worker.
    let udpCount: Int
    /// Endpoints with a TCP listener.
    let streamCount: Int

    /// Numbers there are; at most 2^16, since a start has far fewer addresses.
    var count: Int { 2 * (udpCount + streamCount) }

    /// What a number stands for; the value is the place among the plan's `udp` or `streams`.
    enum Place: Sendable, Hashable {
        case udp(Int)
        case dtls(Int)
        case tcp(Int)
        case tls(Int)
    }

    func udp(_ address: Int) -> ListenerID { id(address) }

    func dtls(_ address: Int) -> ListenerID { id(udpCount + address) }

    func tcp(_ endpoint: Int) -> ListenerID { id(2 * (udpCount + endpoint)) }

    func tls(_ endpoint: Int) -> ListenerID { id(2 * (udpCount + endpoint) + 1) }

    /// Nil for a number that this start does not have.
    func place(of listener: ListenerID) -> Place? {
        let index = Int(listener.index)
        guard index < count else { return nil }
        if index < udpCount { return .udp(index) }
        if index < 2 * udpCount { return .dtls(index - udpCount) }
        let (endpoint, isTLS) = (index - 2 * udpCount).quotientAndRemainder(dividingBy: 2)
        return isTLS == 1 ? .tls(endpoint) : .tcp(endpoint)
    }

    private func id(_ index: Int) -> ListenerID { ListenerID(index: UInt16(index)) }
}
