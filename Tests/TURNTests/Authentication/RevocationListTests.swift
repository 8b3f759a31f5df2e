import Primitives
import Testing

@testable import TURN

@Suite struct RevocationListTests {
    private func at(_ seconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: seconds * 1_000_000_000)
    }

    @Test func endsInTimeAndTellsWorkersOfChanges() {
        let list = RevocationList()
        let before = list.version
        list.revoke("a", until: at(10), at: at(0))
        #expect(list.version > before)
        #expect(list.remaining("a", at: at(9)) == 1)
        #expect(list.remaining("a", at: at(10)) == nil)
        #expect(list.count == 0)
        #expect(list.remaining("b", at: at(0)) == nil)
    }

    @Test func isBounded() {
        let list = RevocationList(capacity: 3)
        for (index, user) in ["a", "b", "c"].enumerated() {
            list.revoke(user, until: at(UInt64(10 + index)), at: at(0))
        }
        // Full of live entries: the one that ends soonest goes.
        list.revoke("d", until: at(50), at: at(1))
        #expect(list.count == 3)
        #expect(list.remaining("a", at: at(1)) == nil)
        #expect(list.remaining("b", at: at(1)) == 10)
        // Full of dead entries: they go, nobody else.
        list.revoke("e", until: at(60), at: at(20))
        #expect(list.count == 2)
        #expect(list.remaining("d", at: at(20)) == 30)
        // Known users need no room.
        list.revoke("d", until: at(99), at: at(20))
        #expect(list.remaining("d", at: at(20)) == 79)
    }
}
