import Crypto
import LinuxIO
import Primitives
import Reception
import TURN

/// One client that speaks DTLS: what a worker remembers of it. It has shown a cookie, so its
/// address is its own.
final class SecureClient: ConnectedClient {
    let number: UInt32
    /// With the number for DTLS of the address that the client came by.
    let tuple: FiveTuple
    /// The worker's socket of that address.
    let socket: UDPHandle
    /// Given back when the client is forgotten.
    let place: ConnectionPlace
    /// Established; nil while the control thread goes through the handshake.
    var session: TLSSession?
    var allocation: AllocationID?
    /// The newest handshake's number, and the random that its ClientHello began with.
    private(set) var handshake: UInt64 = 0
    private(set) var random: ClientRandom?
    private var passedOn = 0

    /// A handshake takes a client three datagrams, and as many again for each flight that is lost.
    private static let passedOnMax = 64

    init(
        _ number: UInt32, _ tuple: FiveTuple, _ socket: UDPHandle, _ place: ConnectionPlace
    ) {
        self.number = number
        self.tuple = tuple
        self.socket = socket
        self.place = place
    }

    /// A new handshake takes the place of whatever there was. The allocation stays: its user still
    /// has to know the password.
    func begin(handshake: UInt64, _ random: ClientRandom?) {
        session = nil
        self.handshake = handshake
        self.random = random
        passedOn = 0
    }

    /// Whether another datagram may go to the control thread.
    func mayPassOn() -> Bool {
        passedOn += 1
        return passedOn <= Self.passedOnMax
    }
}
