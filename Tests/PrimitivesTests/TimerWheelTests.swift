import Primitives
import Testing

@Suite struct TimerWheelTests {
    private static let tick: UInt64 = 1 << 26

    private func time(_ seconds: Double) -> MonotonicTime {
        MonotonicTime(nanoseconds: UInt64(seconds * 1e9))
    }

    /// Turns the wheel only when it asks to, and notes when each timer fired.
    private func run(
        _ wheel: inout TimerWheel, until end: MonotonicTime
    ) -> [(id: UInt32, at: MonotonicTime)] {
        var fired: [(UInt32, MonotonicTime)] = []
        while wheel.nextDeadline <= end {
            let now = wheel.nextDeadline
            while let id = wheel.nextDue(at: now) { fired.append((id, now)) }
            #expect(wheel.nextDeadline > now)
        }
        return fired
    }

    @Test(arguments: [0.0, 0.05, 1, 4.3, 30, 275, 600, 3600, 86_400, 2_000_000])
    func firesOnceNeverEarlyAndWithinOneTick(_ seconds: Double) {
        let start = time(12_345.678)
        var wheel = TimerWheel(at: start)
        let deadline = MonotonicTime(nanoseconds: start.nanoseconds + UInt64(seconds * 1e9))
        wheel.schedule(7, at: deadline)
        let fired = run(&wheel, until: time(3_000_000))
        #expect(fired.map(\.id) == [7])
        #expect(fired[0].at >= deadline)
        #expect(fired[0].at.nanoseconds - deadline.nanoseconds < Self.tick)
        #expect(wheel.nextDeadline == .never)
    }

    @Test func aMovedTimerFiresAtItsLastDeadlineOnly() {
        var wheel = TimerWheel(at: time(0))
        wheel.schedule(1, at: time(10))
        wheel.schedule(1, at: time(700))
        wheel.schedule(2, at: time(500))
        wheel.schedule(2, at: time(20))
        #expect(run(&wheel, until: time(1000)).map(\.id) == [2, 1])
    }

    @Test func aCancelledTimerNeverFires() {
        var wheel = TimerWheel(at: time(0))
        for id in UInt32(0)..<10 { wheel.schedule(id, at: time(5)) }
        for id in UInt32(0)..<10 where id % 3 != 0 { wheel.cancel(id) }
        wheel.cancel(99)
        #expect(Set(run(&wheel, until: time(10)).map(\.id)) == [0, 3, 6, 9])
    }

    @Test func nothingIsDueBeforeItsTimeAndNeverIsFarAway() {
        var wheel = TimerWheel(at: time(100))
        #expect(wheel.nextDeadline == .never)
        wheel.schedule(0, at: .never)
        wheel.schedule(1, at: time(160))
        #expect(wheel.nextDue(at: time(159.9)) == nil)
        #expect(wheel.nextDue(at: time(160.1)) == 1)
        #expect(wheel.nextDue(at: time(1_000_000)) == nil)
    }

    @Test func aLateCallDeliversEverythingThatIsDue() {
        var wheel = TimerWheel(at: time(0))
        for id in UInt32(0)..<1000 { wheel.schedule(id, at: time(Double(id) * 1.7)) }
        var seen = 0
        while wheel.nextDue(at: time(851)) != nil { seen += 1 }
        #expect(seen == 500 + 1)  // 0 s up to 850 s in steps of 1.7 s
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func agreesWithASortedListUnderRandomUse(_ seed: UInt64) {
        var random = seed
        func draw(_ bound: UInt64) -> UInt64 {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (random >> 33) % bound
        }
        var wheel = TimerWheel(at: time(1))
        var model: [UInt32: UInt64] = [:]
        var now: UInt64 = 1_000_000_000
        for _ in 0..<2000 {
            let id = UInt32(draw(50))
            switch draw(4) {
            case 0, 1:
                let deadline = now + draw(1 << (20 + draw(24)))
                wheel.schedule(id, at: MonotonicTime(nanoseconds: deadline))
                model[id] = deadline
            case 2:
                wheel.cancel(id)
                model[id] = nil
            default:
                now += draw(1 << (20 + draw(20)))
                var fired: Set<UInt32> = []
                while let due = wheel.nextDue(at: MonotonicTime(nanoseconds: now)) {
                    #expect(fired.insert(due).inserted)
                }
                for due in fired { #expect((model[due] ?? .max) <= now, "seed \(seed)") }
                for due in fired { model[due] = nil }
                let late = model.values.filter { $0 + Self.tick <= now }
                #expect(late.isEmpty, "seed \(seed)")
            }
        }
    }
}
