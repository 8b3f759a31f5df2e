import Testing

@testable import Admin

@Suite struct AdminAccessTests {
    @Test func rootAndTheDaemonItselfAlwaysMay() {
        let access = AdminAccess()
        #expect(access.allows(user: 0, groups: [], daemonUser: 990))
        #expect(access.allows(user: 990, groups: [], daemonUser: 990))
        #expect(!access.allows(user: 1_000, groups: [0, 990], daemonUser: 990))
        #expect(access.fileMode == 0o600)
    }

    @Test func membersOfTheGroupMay() {
        let access = AdminAccess(group: 27)
        #expect(access.allows(user: 1_000, groups: [1_000, 27], daemonUser: 990))
        #expect(!access.allows(user: 1_000, groups: [1_000], daemonUser: 990))
        #expect(access.fileMode == 0o660)
    }
}
