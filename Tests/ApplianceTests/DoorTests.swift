import Configuration
import Glibc
import LinuxIO
import Primitives
import Reception
import TURN
import Testing

@testable import Appliance

@Suite struct DoorTests {
    @Test func plainSTUNGoesToAWorker() throws {
        let rig = try DoorRig()
        let client = try rig.client()
        let more: [UInt8] = [0x40, 0x00, 0x00, 0x01, 0xAA]
        client.write(Sample.binding + more)
        let parcel = try rig.parcel()
        #expect(parcel.unread == Sample.binding + more)
        #expect(parcel.session == nil)
        #expect(parcel.client == (try client.socket.localAddress()))
        #expect(parcel.listener == ListenerIndex.tcp(0))
        #expect(rig.tools.ledger.counts.open == 1)
        #expect(rig.tools.ledger.counts.halfOpen == 0)
        // The socket is the worker's now, and nothing here looks at it any more.
        client.write([1, 2, 3])
        rig.settle()
        var buffer = [UInt8](repeating: 0, count: 16)
        let read = try buffer.withUnsafeMutableBytes { try parcel.socket.read(into: $0) }
        #expect(read == .done(3))
        parcel.socket.close()
    }

    @Test func oneByteAtATimeIsEnough() throws {
        let rig = try DoorRig()
        let client = try rig.client()
        for byte in Sample.binding.dropLast() {
            client.write([byte])
            rig.settle()
        }
        #expect(rig.parcels().isEmpty)
        client.write(Array(Sample.binding.suffix(1)))
        let parcel = try rig.parcel()
        #expect(parcel.unread == Sample.binding)
        parcel.socket.close()
    }

    @Test func workersTakeTurnsButAConnectionBindHasItsOwn() throws {
        let rig = try DoorRig(workers: 3)
        var clients: [DoorClient] = []
        var seen: [Int] = []
        for message in [
            Sample.binding, Sample.connectionBind(worker: 2), Sample.binding,
            Sample.connectionBind(worker: 2), Sample.binding, Sample.binding,
            // No such worker: anybody will do, and answers.
            Sample.connectionBind(worker: 200),
        ] {
            let client = try rig.client()
            // In two pieces: the choice waits for the whole message.
            client.write(Array(message.prefix(19)))
            rig.settle()
            client.write(Array(message.dropFirst(19)))
            rig.turn {
                let parcels = (0..<3).map { rig.parcels(of: $0) }
                for (worker, parcels) in parcels.enumerated() {
                    for parcel in parcels {
                        seen.append(worker)
                        parcel.socket.close()
                    }
                }
                return parcels.contains { !$0.isEmpty }
            }
            clients.append(client)
        }
        #expect(seen == [0, 2, 1, 2, 2, 0, 1])
        #expect(rig.tools.counters.handedOver == 7)
    }

    @Test(
        arguments: [
            [0x80], [0x16, 0xFE], [0x40, 0x00, 0x00, 0x01], Array("get / HTTP/1.1".utf8),
            [0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xA4, 0x43],
        ] as [[UInt8]])
    func whatNobodySpeaksIsClosed(bytes: [UInt8]) throws {
        let rig = try DoorRig()
        let client = try rig.client()
        client.write(bytes)
        #expect(client.waitForEnd())
        #expect(rig.tools.ledger.counts.refused == [.unknownProtocol: 1])
        #expect(rig.tools.ledger.counts.open == 0)
    }

    @Test func whoSaysNothingOrTooLittleIsClosedInTime() throws {
        let rig = try DoorRig()
        let silent = try rig.client()
        let slow = try rig.client()
        slow.write([0x00])
        rig.turn { rig.tools.ledger.counts.open == 2 }
        rig.move(9)
        slow.write([0x01])
        rig.settle()
        #expect(rig.tools.ledger.counts.open == 2)
        rig.move(2)
        #expect(silent.waitForEnd())
        #expect(slow.waitForEnd())
        #expect(rig.tools.ledger.counts.refused == [.tooSlow: 2])
        #expect(rig.door.nextDeadline != .never)
        _ = rig.door.takeNotice(at: rig.now)
        #expect(rig.door.nextDeadline == .never)
    }

    @Test func aClientThatLeavesIsForgotten() throws {
        let rig = try DoorRig()
        do {
            let client = try rig.client()
            client.write([0x00, 0x01])
            rig.turn { rig.tools.ledger.counts.open == 1 }
        }
        #expect(rig.turn { rig.tools.ledger.counts.open == 0 })
        #expect(rig.tools.ledger.counts.refused.isEmpty)
    }

    @Test func aNetworkMayHoldOnlySoMany() throws {
        let rig = try DoorRig { $0.limits.halfOpenPerPrefix = 2 }
        let held = [try rig.client(), try rig.client()]
        rig.turn { rig.tools.ledger.counts.open == 2 }
        let third = try rig.client()
        #expect(third.waitForEnd())
        #expect(rig.tools.ledger.counts.refused == [.tooManyHalfOpenOfNetwork: 1])
        #expect(rig.door.takeNotice(at: rig.now)?.contains("from 127.0.0.1") == true)
        // One that is known makes room.
        held[0].write(Sample.binding)
        let parcel = try rig.parcel()
        let fourth = try rig.client()
        fourth.write(Sample.binding)
        let other = try rig.parcel()
        #expect(rig.tools.ledger.counts.open == 3)
        parcel.socket.close()
        other.socket.close()
    }

    /// More at once than one look at a listener takes.
    @Test func aCrowdIsServed() throws {
        let rig = try DoorRig { $0.limits.halfOpenPerPrefix = 0 }
        let clients = try (0..<200).map { _ in
            let client = try DoorClient(rig)
            client.write(Sample.binding)
            return client
        }
        var count = 0
        rig.turn {
            for parcel in rig.parcels() {
                count += 1
                parcel.socket.close()
            }
            return count == clients.count
        }
        #expect(count == clients.count)
        #expect(rig.turn { rig.tools.ledger.counts.open == 0 })
    }

    /// In a process of its own, whose descriptors can be counted.
    @Test func withoutDescriptorsItWaitsAndDoesNotSpin() async {
        await #expect(processExitsWith: .success) {
            let rig = try DoorRig()
            let client = try rig.client()
            rig.turn { rig.tools.ledger.counts.open == 1 }
            let waiting = try TCPHandle.connect(
                from: TransportAddress(IPAddress(127, 0, 0, 1), 0), to: rig.address)
            // The number that the next descriptor would have is one too many.
            let next = dup(0)
            close(next)
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            var low = limit
            low.rlim_cur = rlim_t(next)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &low)
            rig.turn { rig.tools.ledger.counts.refused[.noResources] != nil }
            for _ in 0..<50 { rig.door.serve(at: rig.now) }
            precondition(rig.tools.ledger.counts.refused == [.noResources: 1])
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            rig.move(2)
            precondition(rig.turn { rig.tools.ledger.counts.open == 2 })
            waiting.close()
            withExtendedLifetime(client) {}
        }
    }

    @Test func stoppingEndsEveryConnection() throws {
        let rig = try DoorRig()
        let client = try rig.client()
        rig.turn { rig.tools.ledger.counts.open == 1 }
        rig.stop()
        #expect(rig.tools.ledger.counts.open == 0)
        #expect(client.waitForEnd())
    }
}
