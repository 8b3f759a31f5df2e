@testable import Admin

extension Samples {
    static let call: CallReport = {
        var call = CallReport(
            id: "6NnXJcYpVqLr4d5T", kind: "direct", state: "active", ageSeconds: 95,
            participants: [host, guest])
        call.chat = "chat-7"
        call.callee = "bob"
        call.activeSeconds = 80
        call.expiresInSeconds = 3_505
        call.generation = 2
        call.path = "relayed"
        call.counts.offers = 2
        call.counts.restarts = 1
        call.counts.candidates = 14
        call.counts.reconnects = 1
        call.counts.connectMilliseconds = 412
        return call
    }()

    private static let host: CallReport.Participant = {
        var seat = CallReport.Participant(
            peer: "p1", user: "alice", name: "Alice", device: "d1", session: "s1", role: "host",
            online: true, video: true)
        seat.local = "relay"
        seat.remote = "srflx"
        seat.transport = "udp"
        seat.relayed = true
        return seat
    }()

    private static let guest = CallReport.Participant(
        peer: "p2", user: "bob\u{1b}[2J", role: "guest", online: false, awaySeconds: 3,
        reconnects: 1, audio: false)

    static let sessions = SessionList(
        matched: 3,
        sessions: [
            SessionReport(
                id: "s1", user: "alice", name: "Alice", device: "d1", online: true,
                client: endpoint("198.51.100.7:50123"), idleSeconds: 12,
                tokenExpiresInSeconds: 3_600,
                resumes: 2, unconfirmed: 1, calls: ["6NnXJcYpVqLr4d5T"]),
            SessionReport(
                id: "s2", user: "visitor", device: "d2", online: false, guest: true,
                idleSeconds: 40, awaySeconds: 38, tokenExpiresInSeconds: -5),
        ])

    static let users = UserList(
        matched: 2,
        users: [
            UserReport(
                account: "8a47aa5c3fb38aa47ae98153", user: "alice", allocations: 2,
                permissions: 3, sessions: 2, online: 1, calls: 1,
                up: Traffic(packets: 500, bytes: 600_000),
                down: Traffic(packets: 490, bytes: 1_500_000),
                rate: TrafficRate(
                    nanoseconds: 5_000_000_000, up: Traffic(packets: 500, bytes: 600_000),
                    down: Traffic(packets: 490, bytes: 1_500_000))),
            UserReport(account: "bob", allocations: 1, bannedSeconds: 90),
        ], quota: 40)
}
