import Testing

@testable import Admin

@Suite struct RefusalBookTests {
    private func report(
        _ cause: String, _ client: String = "198.51.100.7:50123", user: String? = "alice",
        code: UInt16 = 401
    ) -> RefusalReport {
        RefusalReport(
            client: Samples.endpoint(client), method: "Allocate", code: code, cause: cause,
            user: user, proven: false)
    }

    @Test func theSameRefusalOfOneAddressIsOneEntryWithACount() {
        var book = RefusalBook()
        book.note(report("expired 5 s ago"), at: 100)
        book.note(report("expired 9 s ago", "198.51.100.7:50124"), at: 104)
        book.note(report("wrong password"), at: 105)
        book.note(report("expired 9 s ago", "198.51.100.8:1"), at: 106)
        let list = book.list(RefusalQuery(), at: 110)
        #expect(list.matched == 3)
        #expect(
            list.refusals.map(\.cause) == [
                "expired 9 s ago", "wrong password", "expired 9 s ago",
            ])
        let first = list.refusals[2]
        #expect(first.count == 2)
        #expect(first.client == Samples.endpoint("198.51.100.7:50124"))
        #expect(first.firstSecondsAgo == 10)
        #expect(first.lastSecondsAgo == 6)
    }

    @Test func itIsBoundedAndForgetsTheOldest() {
        var book = RefusalBook()
        for index in 0..<1_000 { book.note(report("x", user: "user\(index)-a"), at: 1) }
        let list = book.list(RefusalQuery(limit: 1_000), at: 1)
        #expect(list.matched == RefusalBook.entriesMax)
        #expect(list.refusals.first?.user == "user999-a")
        #expect(list.refusals.last?.user == "user744-a")
    }

    @Test func aFloodIsSampled() {
        var book = RefusalBook()
        var seen = 0
        for _ in 0..<10_000 where book.hasRoom(at: 7) { seen += 1 }
        #expect(seen == 200)
        let hasRoom = book.hasRoom(at: 8)
        #expect(hasRoom)
        book.lose(5)
        #expect(book.list(RefusalQuery(), at: 8).unseen == 9_805)
    }

    @Test func aQueryNarrows() {
        var book = RefusalBook()
        book.note(report("a", user: "1763708400:alice"), at: 1)
        book.note(report("b", "[2001:db8::1]:9", user: nil, code: 486), at: 2)
        func causes(_ query: RefusalQuery) -> [String] {
            book.list(query, at: 3).refusals.map(\.cause)
        }
        #expect(causes(RefusalQuery(user: "alice")) == ["a"])
        #expect(causes(RefusalQuery(code: 486)) == ["b"])
        #expect(causes(RefusalQuery(client: EndpointPattern("2001:db8::1"))) == ["b"])
        #expect(causes(RefusalQuery(limit: 1)) == ["b"])
    }
}
