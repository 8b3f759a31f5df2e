import Primitives
import STUN
import Testing

@testable import Probe

@Suite struct TransactionTests {
    private func time(_ milliseconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: milliseconds * 1_000_000)
    }

    private func transaction(repeats: Bool, patience: UInt64 = 40_000) -> Transaction {
        Transaction(
            TransactionID(random: 1), [1], repeats: repeats, patience: patience * 1_000_000,
            at: time(0))
    }

    @Test("Requests are sent again after 500 ms, doubling, seven times in all (RFC 8489 §6.2.1)")
    func schedule() {
        var transaction = transaction(repeats: true)
        var sends: [UInt64] = [0]
        while true {
            let now = transaction.nextDeadline
            switch transaction.tick(at: now) {
            case .wait: Issue.record("nothing was due at \(now)")
            case .send:
                sends.append(now.nanoseconds / 1_000_000)
                continue
            case .giveUp:
                #expect(now == time(40_000))
            }
            break
        }
        #expect(sends == [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500])
        #expect(transaction.sends == Transaction.sendsMax)
    }

    @Test func streamsSendOnce() {
        var transaction = transaction(repeats: false, patience: 5_000)
        #expect(transaction.nextDeadline == time(5_000))
        #expect(transaction.tick(at: time(4_999)) == .wait)
        #expect(transaction.tick(at: time(5_000)) == .giveUp)
    }

    @Test func theRoundTripCountsFromTheLastTransmission() {
        var transaction = transaction(repeats: true)
        #expect(transaction.roundTrip(at: time(30)) == 30_000_000)
        #expect(transaction.tick(at: time(500)) == .send)
        #expect(transaction.roundTrip(at: time(530)) == 30_000_000)
        #expect(transaction.elapsed(at: time(530)) == 530_000_000)
    }

    @Test func idsDiffer() {
        var random = ProbeRandom(seed: (1, 2))
        let ids = Set((0..<1_000).map { _ in random.transactionID() })
        #expect(ids.count == 1_000)
        #expect(ids.allSatisfy { !$0.isClassic })
    }
}
