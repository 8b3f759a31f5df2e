import Primitives
import Testing

@testable import Signaling

@Suite struct RateClassTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

    private func taken(_ kind: RateClass, _ count: Int) -> (Int, Int64?) {
        var rates = SessionRates()
        for number in 0..<count {
            if let wait = rates.take(kind, at: start) { return (number, wait) }
        }
        return (count, nil)
    }

    @Test(arguments: [
        (RateClass.frames, 100), (.descriptions, 10), (.candidates, 100), (.iceRefreshes, 6),
    ])
    func burstsAreThoseOfTheProtocol(kind: RateClass, burst: Int) {
        let (count, wait) = taken(kind, burst + 1)
        #expect((burst - 1...burst).contains(count) && wait != nil)
    }

    @Test func afterTheWaitThereIsRoomAgain() {
        var rates = SessionRates()
        for kind in RateClass.allCases {
            var wait: Int64?
            while wait == nil { wait = rates.take(kind, at: start) }
            let later = MonotonicTime(
                nanoseconds: start.nanoseconds + UInt64(wait ?? 0) * 1_000_000)
            #expect(rates.take(kind, at: later) == nil, "\(kind)")
        }
    }
}
