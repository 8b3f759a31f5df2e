import Primitives
import Testing

@testable import WebAPI

@Suite struct ReportLimitsTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

    @Test func anAddressSendsSixInAnHour() {
        var limits = ReportLimits()
        let client = IPAddress("198.51.100.7")
        for _ in 1...6 { #expect(limits.take(client, at: start) == nil) }
        #expect(limits.take(client, at: start) == 600)
        #expect(limits.take(IPAddress("198.51.100.8"), at: start) == nil)
        #expect(limits.take(client, at: start + Seconds(600)) == nil)
    }

    @Test func anIPv6NetworkCountsAsOne() {
        var limits = ReportLimits()
        for host in 1...6 {
            #expect(limits.take(IPAddress("2001:db8::\(host)"), at: start) == nil)
        }
        #expect(limits.take(IPAddress("2001:db8::7"), at: start) != nil)
        #expect(limits.take(IPAddress("2001:db8:0:1::7"), at: start) == nil)
    }

    @Test func manyAddressesTogetherAreBounded() {
        var limits = ReportLimits()
        let taken = (0..<200).count { limits.take(IPAddress("10.0.\($0).1"), at: start) == nil }
        #expect(taken == 120)
        #expect(limits.take(nil, at: start) == 30)
        #expect(limits.take(nil, at: start + Seconds(30)) == nil)
    }
}
