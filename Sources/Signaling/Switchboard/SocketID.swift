/// One WebSocket, as whoever owns it counts them; a number is not used twice.
package struct SocketID: Hashable, Sendable {
    package let number: UInt64

    package init(_ number: UInt64) { self.number = number }
}
