import Primitives

/// Sessions for people.
enum SessionTable {
    static func lines(_ list: SessionList) -> [String] {
        guard !list.sessions.isEmpty else { return ["No sessions."] }
        var table = Table([
            .left("ID"), .left("USER"), .left("NAME"), .left("DEVICE"), .left("CLIENT"),
            .left("ONLINE"), .right("IDLE"), .right("TOKEN"), .right("RESUMES"), .left("CALLS"),
        ])
        for session in list.sessions {
            let away =
                session.awaySeconds.map { "away for \(HumanUnits.duration($0))" } ?? "away"
            table.append([
                session.id, Table.cut(session.user) + (session.guest ? " (guest)" : ""),
                session.name.map(Table.cut) ?? "-", Table.cut(session.device),
                session.client?.description ?? "-", session.online ? "yes" : away,
                HumanUnits.duration(session.idleSeconds), token(session),
                String(session.resumes),
                session.calls.isEmpty ? "-" : session.calls.joined(separator: " "),
            ])
        }
        return table.lines + ["", Table.total("session", list.sessions.count, of: list.matched)]
    }

    static func kicked(_ reply: KickReply) -> [String] {
        [
            "Ended \(Table.count("session", reply.kicked)) and "
                + "\(Table.count("call", reply.calls))."
        ]
    }

    private static func token(_ session: SessionReport) -> String {
        guard let left = session.tokenExpiresInSeconds else { return "-" }
        return left < 0 ? "expired" : HumanUnits.duration(UInt64(left))
    }
}
