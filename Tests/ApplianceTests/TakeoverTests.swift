import LinuxIO
import Primitives
import TURN
import Testing

@testable import Appliance

/// What a reload closes, while workers are late.
@Suite struct TakeoverTests {
    @Test("A socket stays open until the last worker has let go of it, however late")
    func lateWorker() throws {
        let socket = try UDPHandle.open(
            TransportAddress(IPAddress(127, 0, 0, 1), 0), UDPOptions())
        let address = try socket.localAddress()
        let departure = Departure(
            takeover: try Takeover(workers: 2), sockets: [socket], addresses: [address])
        departure.takeover.replies[1].send([7])
        var forgotten: [Set<UDPHandle>] = []
        #expect(departure.conclude(waiting: 0) { forgotten.append($0) } == nil)
        #expect(departure.pending.contains("\(address) is not closed yet"))
        #expect(throws: SystemError.self) { try UDPHandle.open(address, UDPOptions()) }
        departure.takeover.replies[0].send([7, 3])
        #expect(departure.conclude(waiting: 0) { forgotten.append($0) } == [3, 7])
        #expect(forgotten == [[socket]])
        // The port is free again.
        try UDPHandle.open(address, UDPOptions()).close()
    }

    @Test("Without workers, or with all of them in time, nothing waits")
    func inTime() throws {
        #expect(try Takeover(workers: 0).unwatched(waiting: 0) == [])
        let takeover = try Takeover(workers: 1)
        #expect(takeover.unwatched(waiting: 0) == nil)
        takeover.replies[0].send([])
        #expect(takeover.unwatched(waiting: 0) == [])
    }

    @Test("Many events at will leave room for those of others")
    func events() {
        let queue = EventQueue()
        let client = FiveTuple(
            client: TransportAddress(IPAddress(127, 0, 0, 1), 9), listener: ListenerID(index: 0))
        for _ in 1..<EventQueue.capacity / 2 {
            _ = queue.append(.binding(client: client, untold: 0))
        }
        #expect(!queue.isHalfFull)
        _ = queue.append(.binding(client: client, untold: 0))
        #expect(queue.isHalfFull)
        _ = queue.takeAll()
        #expect(!queue.isHalfFull)
    }
}
