import JSON
import Testing

@testable import Signaling

@Suite struct OutboxTests {
    private func text(_ frame: [UInt8]) -> String { String(decoding: frame, as: UTF8.self) }

    private func filled(_ count: Int) -> Outbox {
        var outbox = Outbox()
        for number in 0..<count { _ = outbox.append(.ringing("c", devices: number)) }
        return outbox
    }

    @Test func messagesAreNumberedFromOne() {
        var outbox = Outbox()
        let first = outbox.append(.ringing("c", devices: 1))
        #expect(text(first).contains("\"seq\":1,"))
        #expect(text(outbox.append(.ringing("c", devices: 1))).contains("\"seq\":2,"))
        #expect(outbox.lastSequence == 2)
    }

    @Test func whatIsAcknowledgedIsForgotten() {
        var outbox = filled(10)
        #expect(outbox.acknowledge(through: 7) == true)
        #expect(outbox.count == 3)
        let frames = outbox.replay(after: 7) { _ in true }
        #expect(frames.count == 3)
        #expect(outbox.acknowledge(through: 10) == true)
        #expect(outbox.count == 0 && outbox.byteCount == 0)
        #expect(outbox.acknowledge(through: 11) == false, "never sent")
    }

    @Test("S3-12: a position from before the first message can be resumed")
    func zeroIsAPosition() {
        var outbox = filled(3)
        #expect(outbox.canReplay(after: 0))
        let frames = outbox.replay(after: 0) { _ in true }
        #expect(frames.count == 3)
        #expect(!outbox.canReplay(after: 4))
    }

    @Test func beyond256MessagesThereIsAGap() {
        var outbox = filled(Outbox.countMax)
        #expect(outbox.canReplay(after: 0) && !outbox.isGapped)
        _ = outbox.append(.skip)
        #expect(outbox.count == Outbox.countMax && outbox.isGapped)
        #expect(!outbox.canReplay(after: 0))
        #expect(outbox.canReplay(after: 1))
    }

    @Test func beyond256KiBThereIsAGap() {
        var outbox = Outbox()
        let payload = String(repeating: "x", count: 16_000)
        for _ in 0..<20 { _ = outbox.append(.appMessage("c", from: "p", .string(payload))) }
        #expect(outbox.byteCount <= Outbox.bytesMax && outbox.count == 16)
        #expect(!outbox.canReplay(after: 0))
    }

    @Test func deadMessagesKeepTheirPlaceAsSkips() {
        var outbox = Outbox()
        _ = outbox.append(.iceCandidates("c", generation: 1, from: "p", []))
        _ = outbox.append(.ringing("c", devices: 1))
        let frames = outbox.replay(after: 0) { $0 != .generation("c", 1) }
        #expect(frames.map(text)[0] == "{\"type\":\"skip\",\"seq\":1,\"data\":{}}")
        #expect(frames.count == 2 && text(frames[1]).contains("\"seq\":2"))
    }

    @Test func aSavedOutboxMustBeWhole() {
        let outbox = filled(3)
        let entries = Array(outbox.entries)
        #expect(
            Outbox(lastSequence: 3, acknowledged: 0, lostThrough: 0, entries: entries) == outbox)
        #expect(
            Outbox(lastSequence: 4, acknowledged: 0, lostThrough: 0, entries: entries) == nil)
        #expect(
            Outbox(lastSequence: 3, acknowledged: 1, lostThrough: 0, entries: entries) == nil)
        #expect(Outbox(lastSequence: 2, acknowledged: 0, lostThrough: 0, entries: entries) == nil)
    }
}
