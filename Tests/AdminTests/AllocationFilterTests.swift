import Testing

@testable import Admin

@Suite struct AllocationFilterTests {
    private func matching(_ filter: AllocationFilter) -> [String] {
        AllocationList([Samples.other, Samples.allocation], filter: filter)
            .allocations.map(\.account)
    }

    @Test(arguments: [
        (nil, ["bob", "alice"]), ("alice", ["alice"]), ("1763708400:alice", ["alice"]),
        ("ali", []),
    ])
    func aUserIsTheWholeNameOrTheAccount(_ user: String?, _ expected: [String]) {
        #expect(matching(AllocationFilter(user: user)) == expected)
    }

    @Test func agesBoundFromBothSides() {
        var filter = AllocationFilter()
        filter.olderThan = 754
        #expect(matching(filter) == ["alice"])
        filter.olderThan = 755
        #expect(matching(filter) == [])
        filter.olderThan = nil
        filter.youngerThan = 753
        #expect(matching(filter) == ["bob"])
        #expect(!filter.isOpen)
    }

    @Test func aUserIsAlsoEveryAccountIssuedForIt() {
        var filter = AllocationFilter(user: "somebody")
        #expect(matching(filter) == [])
        filter.userAccounts = ["x", "alice"]
        #expect(matching(filter) == ["alice"])
        filter.user = nil
        #expect(matching(filter) == ["bob", "alice"])
    }

    @Test(arguments: [
        ("198.51.100.7", ["alice"]), ("198.51.100.7:50123", ["alice"]),
        ("198.51.100.7:1", []), ("2001:db8:1:0::9", ["bob"]), ("[2001:DB8:1::9]:40000", ["bob"]),
    ])
    func aClientIsAnAddressWithOrWithoutPort(_ client: String, _ expected: [String]) {
        #expect(matching(AllocationFilter(client: EndpointPattern(client))) == expected)
    }

    @Test(arguments: [
        ("192.0.2.77", ["alice"]), ("192.0.2.77:61000", ["alice"]), ("192.0.2.77:61001", []),
        ("192.0.2.78", []),
    ])
    func aPeerIsAPermissionOrAChannel(_ peer: String, _ expected: [String]) {
        #expect(matching(AllocationFilter(peer: EndpointPattern(peer))) == expected)
    }

    @Test func theLimitCutsTheListButNotTheCount() {
        let list = AllocationList(
            [Samples.other, Samples.allocation], filter: AllocationFilter(limit: 1))
        #expect(list.matched == 2)
        #expect(list.allocations == [Samples.other])
    }

    @Test func theMostComeFirstAndTheLimitCutsBehindThem() {
        var busy = Samples.allocation
        busy.ageSeconds = 1
        let quiet = Samples.other
        func ids(_ order: AllocationFilter.Order?, limit: Int = 9) -> [AllocationName] {
            var filter = AllocationFilter(limit: limit)
            filter.order = order
            var list = [quiet, busy]
            filter.arrange(&list)
            return list.map(\.id)
        }
        #expect(ids(nil) == [quiet.id, busy.id])
        #expect(ids(.rate) == [busy.id, quiet.id])
        #expect(ids(.traffic, limit: 1) == [busy.id])
        #expect(ids(.age) == [quiet.id, busy.id])
        #expect(ids(.drops) == [busy.id, quiet.id])
        #expect(ids(.user) == [busy.id, quiet.id])
    }
}
