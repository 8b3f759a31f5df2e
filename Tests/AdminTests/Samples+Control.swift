@testable import Admin

extension Samples {
    static let explanation: CredentialExplanation = {
        var explanation = CredentialExplanation(
            username: "1763708400:alice", account: "alice", kind: "time-limited",
            realm: "example.org", allocations: 10, quota: 10)
        explanation.secret = 2
        explanation.expiresInSeconds = -312
        explanation.passwords = ["cGFzc3dvcmQx", "cGFzc3dvcmQy"]
        explanation.refuse(401, "expired 312 s ago")
        explanation.refuse(486, "over quota: 10 of 10 allocations")
        explanation.notes = ["it would fit secret 2, but the '=' at its end is missing"]
        return explanation
    }()

    static let refusals = RefusalList(
        matched: 3,
        refusals: [
            RefusalReport(
                client: endpoint("198.51.100.7:50123"), method: "Allocate", code: 401,
                cause: "expired 312 s ago", user: "1763708400:alice", proven: false, count: 7,
                firstSecondsAgo: 60, lastSecondsAgo: 2),
            RefusalReport(
                client: endpoint("[2001:db8::1]:9"), method: "CreatePermission", code: 403,
                cause: "peer 10.0.0.9:80: private", user: "bob", proven: true,
                firstSecondsAgo: 75, lastSecondsAgo: 75),
        ], unseen: 1_200)

    static func reload(isRehearsal: Bool) -> ReloadReply {
        ReloadReply(
            file: "/etc/turnstone/turnstone.conf", applied: !isRehearsal,
            changes: [
                .init(key: "user-quota", removed: ["40"], added: ["10"], cost: .nothing),
                .init(
                    key: "user", removed: ["bob:***"], added: [], cost: .sessions,
                    note: "ends 1 allocation of bob"),
                .init(key: "listening-port", removed: [], added: ["3479"], cost: .restart),
                .init(key: "no-cli", removed: [], added: [""], cost: .noEffect),
            ], warnings: ["turnstone.conf:3: warning: no-cli"])
    }

    static let configuration = ConfigurationReply(
        file: "/etc/turnstone/turnstone.conf",
        settings: [
            .init(key: "realm", value: "example.org", line: 3),
            .init(key: "verbose", value: "", line: 0),
            .init(key: "stale-nonce", value: "600", line: nil),
        ])
}
