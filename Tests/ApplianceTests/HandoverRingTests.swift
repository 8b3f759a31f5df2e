import LinuxIO
import Testing

@testable import Appliance
@testable import Forwarding

@Suite struct HandoverRingTests {
    static let address = PacketAddress(high: 0, low: 7, port: 9, family: 4)

    static func handover(_ offset: Int, _ length: Int) -> Handover {
        Handover(
            payloadOffset: UInt32(offset), length: UInt32(length), source: address,
            destination: address, allocation: 0, worker: 1)
    }

    @Test("Everything comes out once, in order, whole, across many turns of the memory")
    func order() {
        let ring = HandoverRing()
        var arena = [UInt8](repeating: 0, count: 4096)
        var expected: [(UInt8, Int)] = []
        var received = 0
        for step in 0..<20_000 {
            let length = step * 37 % 1500
            let mark = UInt8(truncatingIfNeeded: step)
            for index in 0..<length { arena[index] = mark }
            #expect(ring.push(Self.handover(0, length), arena: &arena))
            expected.append((mark, length))
            guard step % 50 == 49 else { continue }
            while let item = ring.next() {
                let (mark, length) = expected[received]
                #expect(Int(item.length) == length)
                #expect(item.source == Self.address)
                for index in 0..<length {
                    let byte = (ring.memory + Int(item.offset) + index).load(as: UInt8.self)
                    guard byte == mark else {
                        Issue.record("byte \(index) of datagram \(received) is \(byte)")
                        return
                    }
                }
                received += 1
            }
            ring.release()
        }
        #expect(received == 20_000)
    }

    @Test("A full ring refuses, and has room again after release")
    func full() {
        let ring = HandoverRing()
        var arena = [UInt8](repeating: 1, count: 1000)
        var pushed = 0
        while ring.push(Self.handover(0, 1000), arena: &arena) { pushed += 1 }
        #expect(pushed > 900)
        #expect(pushed * 1000 < HandoverRing.capacity)
        while ring.next() != nil {}
        #expect(!ring.push(Self.handover(0, 1000), arena: &arena))
        ring.release()
        #expect(ring.push(Self.handover(0, 1000), arena: &arena))
    }

    @Test("One writer and one reader on two threads lose and mix nothing")
    func threads() throws {
        let ring = HandoverRing()
        let count = 50_000
        let writer = try Thread(name: "writer") {
            var arena = [UInt8](repeating: 0, count: 8)
            for step in 0..<count {
                for index in 0..<8 { arena[index] = UInt8(truncatingIfNeeded: step >> (8 * index)) }
                while !ring.push(Self.handover(0, 8), arena: &arena) {}
            }
        }
        var received = 0
        while received < count {
            while let item = ring.next() {
                let value = (ring.memory + Int(item.offset)).loadUnaligned(as: UInt64.self)
                if value != UInt64(received) { Issue.record("\(value) instead of \(received)") }
                received += 1
            }
            ring.release()
        }
        writer.join()
    }
}
