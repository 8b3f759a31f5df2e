import Testing

@testable import Doctor

@Suite struct TimeQueryTests {
    /// 2026-11-21.
    private static let now: Int64 = 1_795_248_000_500

    private func stamp(_ milliseconds: Int64) -> [UInt8] {
        let seconds = UInt64(milliseconds / 1_000 + 2_208_988_800) & 0xFFFF_FFFF
        let value = seconds << 32 | (UInt64(milliseconds % 1_000) << 32) / 1_000
        return (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) }
    }

    /// A server's answer to a question that left `after` milliseconds before it came.
    private func answer(
        _ query: TimeQuery, serverAt: Int64, head: [UInt8] = [0x24, 2, 6, 0xec]
    ) -> [UInt8] {
        head + [UInt8](repeating: 0, count: 20) + Array(query.bytes[40..<48])
            + stamp(serverAt) + stamp(serverAt)
    }

    @Test func theQuestionIsAClients() {
        let bytes = TimeQuery(sentMilliseconds: Self.now).bytes
        #expect(bytes.count == 48 && bytes[0] == 0x23)
        #expect(Array(bytes[40..<48]) == stamp(Self.now))
    }

    @Test(arguments: [0, 30_000, -30_000, 86_400_000] as [Int64])
    func theDifferenceIsKnown(ahead: Int64) throws {
        let query = TimeQuery(sentMilliseconds: Self.now)
        // Ten milliseconds there, ten back.
        let bytes = answer(query, serverAt: Self.now + 10 + ahead)
        let found = try #require(query.answer(bytes, receivedMilliseconds: Self.now + 20))
        #expect(abs(found.aheadMilliseconds - ahead) <= 1)
        #expect(abs(found.roundTripMilliseconds - 20) <= 2)
    }

    @Test func theSecondsMayWrap() throws {
        // 2036-02-07 06:28:16 is where the 32 bits of seconds end.
        let end: Int64 = 2_085_978_496_000
        let query = TimeQuery(sentMilliseconds: end - 5)
        let bytes = answer(query, serverAt: end + 2_000)
        let found = try #require(query.answer(bytes, receivedMilliseconds: end - 5))
        #expect(abs(found.aheadMilliseconds - 2_005) <= 1)
    }

    @Test func whatIsNoAnswerIsNone() {
        let query = TimeQuery(sentMilliseconds: Self.now)
        let good = answer(query, serverAt: Self.now)
        #expect(query.answer(good, receivedMilliseconds: Self.now) != nil)
        #expect(query.answer([], receivedMilliseconds: Self.now) == nil)
        #expect(query.answer(Array(good.prefix(47)), receivedMilliseconds: Self.now) == nil)
        // A client's packet, a refusal, somebody else's question.
        let client = answer(query, serverAt: Self.now, head: [0x23, 2, 6, 0xec])
        #expect(query.answer(client, receivedMilliseconds: Self.now) == nil)
        let refusal = answer(query, serverAt: Self.now, head: [0x24, 0, 6, 0xec])
        #expect(query.answer(refusal, receivedMilliseconds: Self.now) == nil)
        let other = TimeQuery(sentMilliseconds: Self.now + 1_000)
        #expect(other.answer(good, receivedMilliseconds: Self.now) == nil)
    }

    @Test func anythingDoesNotTrap() {
        let query = TimeQuery(sentMilliseconds: .max)
        _ = query.answer([UInt8](repeating: 0xFF, count: 48), receivedMilliseconds: .min)
        let early = TimeQuery(sentMilliseconds: .min)
        _ = early.answer(answer(early, serverAt: Self.now), receivedMilliseconds: .max)
    }
}
