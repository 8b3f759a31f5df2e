import Primitives
import Testing

@testable import Probe

@Suite struct EchoRunTests {
    private func time(_ milliseconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: milliseconds * 1_000_000)
    }

    @Test func countsWhatComesBackOnce() {
        var run = EchoRun(.indications, token: 7, at: time(0))
        var packets: [[UInt8]] = []
        for step in 0..<UInt64(EchoRun.count) {
            while let packet = run.next(at: time(step * 20)) {
                packets.append(packet)
                run.reach(packet)
                run.reach(packet)
                run.receive(packet, at: time(step * 20 + step))
                run.receive(packet, at: time(step * 20 + 19))
            }
        }
        #expect(packets.count == EchoRun.count)
        #expect(run.result.received == EchoRun.count)
        #expect(run.result.reached == EchoRun.count)
        #expect(run.result.largeReceived == EchoRun.count / 4)
        #expect(run.result.median == 9_000_000)
        #expect(run.result.p95 == 18_000_000)
        #expect(run.isOver(at: time(400)))
    }

    @Test func endsASecondAfterTheLastPacketWhenNothingComes() {
        var run = EchoRun(.ownSocket, token: 7, at: time(0))
        var now: UInt64 = 0
        while !run.isOver(at: time(now)) {
            while run.next(at: time(now)) != nil {}
            now = run.nextDeadline.nanoseconds / 1_000_000
        }
        #expect(now == UInt64(EchoRun.count - 1) * 20 + 1_000)
        #expect(run.result.sent == EchoRun.count)
        #expect(run.result.lost == EchoRun.count)
        #expect(run.result.median == nil)
    }

    @Test func takesNoForeignPackets() throws {
        var run = EchoRun(.channels, token: 7, at: time(0))
        var other = EchoRun(.channels, token: 8, at: time(0))
        let next = (run.next(at: time(0)), other.next(at: time(0)))
        let first = try #require(next.0)
        let foreign = try #require(next.1)
        #expect(run.number(of: first) == 0)
        #expect(run.number(of: foreign) == nil)
        #expect(run.number(of: Array(first[..<15])) == nil)
        var later = first
        later[15] = 1
        #expect(run.number(of: later) == nil, "a number that was not sent yet")
    }
}
