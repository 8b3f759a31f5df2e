import Testing

@testable import Signaling

@Suite struct RequestLogTests {
    @Test func aRequestIsDoneOnceAndAnsweredAgain() {
        var log = RequestLog()
        #expect(log.judge(1) == .execute)
        #expect(log.judge(1) == .attach)
        log.answer(1, with: [7], nextSequence: 1)
        #expect(log.judge(1) == .again([7]))
        #expect(log.judge(2) == .execute)
    }

    @Test func aSkippedNumberIsNoticed() {
        var log = RequestLog()
        #expect(log.judge(2) == .skipped)
        #expect(log.lastID == 0)
    }

    @Test func thirtyTwoAnswersAreKept() {
        var log = RequestLog()
        for id in Int64(1)...33 {
            #expect(log.judge(id) == .execute)
            log.answer(id, with: [UInt8(id)], nextSequence: 1)
        }
        #expect(log.judge(1) == .forgotten)
        #expect(log.judge(2) == .again([2]))
        #expect(log.judge(33) == .again([33]))
        #expect(log.judge(0) == .forgotten)
    }

    @Test func thirtyTwoRequestsRunAtOnce() {
        var log = RequestLog()
        for id in Int64(1)...32 { #expect(log.judge(id) == .execute) }
        #expect(log.judge(33) == .tooMany)
        log.answer(33, with: [], nextSequence: 1)
        log.answer(1, with: [], nextSequence: 1)
        #expect(log.judge(34) == .execute)
    }

    @Test func answersThatMayBeMissingAreRepeated() {
        var log = RequestLog()
        for id in Int64(1)...3 { _ = log.judge(id) }
        log.answer(1, with: [1], nextSequence: 5)
        log.answer(2, with: [2], nextSequence: 6)
        #expect(log.answers(after: 4) == [[1], [2]])
        #expect(log.answers(after: 5) == [[2]], "message 5 came behind the first answer")
    }
}
