import Primitives
import Synchronization

/// Relay ports that EVEN-PORT with the R bit set aside, by their tokens (RFC 8656 §7.2).
///
/// Server-wide, so that the request with the token may arrive at any worker. No socket is held
/// meanwhile: the port is taken in the `PortLedger`, and nobody else binds in the relay range.
package final class ReservationTable: Sendable {
    struct Reservation: Sendable {
        let family: AddressFamily
        /// What the port's socket will be bound to.
        let address: IPAddress
        let port: UInt16
        let expires: MonotonicTime
        /// Only the same user may claim it.
        let quotaKey: String
    }

    private let reservations = Mutex<[UInt64: Reservation]>([:])

    /// How many ports are reserved now.
    package var count: Int { reservations.withLock { $0.count } }

    /// False when the token is in use.
    func add(_ token: UInt64, _ reservation: Reservation) -> Bool {
        reservations.withLock { table in
            guard table[token] == nil else { return false }
            table[token] = reservation
            return true
        }
    }

    /// Takes a reservation out for the user that holds it.
    func claim(_ token: UInt64, by quotaKey: String, at now: MonotonicTime) -> Reservation? {
        reservations.withLock { table in
            guard let found = table[token], found.expires > now, found.quotaKey == quotaKey else {
                return nil
            }
            table[token] = nil
            return found
        }
    }

    /// Takes a reservation out whose time is over, unless it was claimed.
    func expire(_ token: UInt64) -> Reservation? {
        reservations.withLock { $0.removeValue(forKey: token) }
    }
}
