import Primitives
import Testing

@testable import Signaling

@Suite struct FailedHellosTests {
    private let address = IPAddress("192.0.2.1")!
    private let settings = SignalingSettings()

    private func time(_ seconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: seconds * 1_000_000_000)
    }

    @Test("Ruling 16: ten failures of a token cost nothing, then the answer waits up to 8 s")
    func oneTokenIsSlowedDown() {
        var failures = FailedHellos()
        let waits = (0..<20).map { _ in
            failures.note(address, token: [1], settings, at: time(1))
        }
        #expect(waits.prefix(10).allSatisfy { $0 == 0 })
        #expect(Array(waits[10..<14]) == [100, 200, 400, 800])
        #expect(waits.last == 8000)
        // Behind the same NAT somebody else fails for the first time.
        #expect(failures.note(address, token: [2], settings, at: time(1)) == 0)
        #expect(failures.note(nil, token: [1], settings, at: time(1)) == 0)
    }

    @Test("Ruling 16: whoever tries many tokens meets the ceiling of the address, 300 in 30 min")
    func manyTokensMeetTheCeiling() {
        var failures = FailedHellos()
        let waits = (0..<301).map { number in
            failures.note(address, token: [UInt8(number & 0xff), 7], settings, at: time(1))
        }
        #expect(waits.prefix(298).allSatisfy { $0 == 0 })
        #expect(waits[299] == 8000 && waits[300] == 8000)
        #expect(failures.note(address, token: [9], settings, at: time(1 + 1801)) == 0)
    }

    @Test("Limit: what is remembered of failures is bounded, and lapses")
    func recordsAreBounded() {
        var settings = settings
        settings.failedHelloRecordsMax = 10
        var failures = FailedHellos()
        for number in 0..<50 {
            let source = IPAddress("192.0.2.\(number)")!
            _ = failures.note(source, token: [1], settings, at: time(1))
        }
        #expect(failures.count == 10)
        let other = IPAddress("198.51.100.1")!
        #expect(failures.note(other, token: [1], settings, at: time(30)) == 8000)
        #expect(failures.note(other, token: [1], settings, at: time(2000)) == 0)
        #expect(failures.count == 2)
    }
}
