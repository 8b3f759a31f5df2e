/// Calls for people: one line each in a list, everything about one.
enum CallTables {
    static func list(_ list: CallList) -> [String] {
        guard !list.calls.isEmpty else { return ["No calls."] }
        var table = Table([
            .left("ID"), .left("STATE"), .left("KIND"), .left("HOST"), .left("GUEST"),
            .right("AGE"), .right("ACTIVE"), .left("PATH"), .right("RECONNECTS"),
        ])
        for call in list.calls { table.append(row(call)) }
        return table.lines + ["", Table.total("call", list.calls.count, of: list.matched)]
    }

    static func show(_ call: CallReport) -> [String] {
        var facts = Table([.left(""), .left("")])
        facts.append(["Call", "\(call.id), \(call.kind)"])
        let reason = call.endReason.map { ": \($0)" } ?? ""
        facts.append(["State", call.state + reason])
        if let cause = call.endCause { facts.append(["Cause", cause]) }
        if let chat = call.chat { facts.append(["Chat", chat]) }
        if let owner = call.owner { facts.append(["Opened by", owner]) }
        if let callee = call.callee {
            let devices = call.ringing > 0 ? ", \(call.ringing) devices ring" : ""
            facts.append(["For", callee + devices])
        }
        facts.append(["Age", HumanUnits.duration(call.ageSeconds)])
        if let active = call.activeSeconds {
            facts.append(["Active", "for \(HumanUnits.duration(active))"])
        }
        if let left = call.expiresInSeconds {
            facts.append(["Expires", "in \(HumanUnits.duration(left))"])
        }
        if let path = call.path { facts.append(["Media", path]) }
        facts.append(["Counts", counts(call.counts)])
        return facts.lines + participants(call.participants)
    }

    private static func row(_ call: CallReport) -> [String] {
        let host = call.participants.first { $0.role == "host" }
        let guest = call.participants.first { $0.role != "host" }
        return [
            call.id, call.state + (call.endReason.map { " (\($0))" } ?? ""), call.kind,
            host.map(seat) ?? call.owner.map { "(\($0))" } ?? "-",
            guest.map(seat) ?? call.callee.map { "(\($0))" } ?? "-",
            HumanUnits.duration(call.ageSeconds),
            call.activeSeconds.map(HumanUnits.duration) ?? "-", call.path ?? "-",
            String(call.counts.reconnects),
        ]
    }

    /// `alice`; `alice (away)`.
    private static func seat(_ seat: CallReport.Participant) -> String {
        Table.cut(seat.user) + (seat.online ? "" : " (away)")
    }

    private static func counts(_ counts: CallReport.Counts) -> String {
        var parts = [
            "\(counts.offers) offers", "\(counts.restarts) ICE restarts",
            "\(counts.candidates) candidates", "\(counts.reconnects) reconnects",
        ]
        if counts.candidatesDropped > 0 { parts.append("\(counts.candidatesDropped) dropped") }
        if counts.glares > 0 { parts.append("\(counts.glares) glares") }
        if counts.takeovers > 0 { parts.append("\(counts.takeovers) takeovers") }
        if let time = counts.connectMilliseconds { parts.append("connected in \(time) ms") }
        return parts.joined(separator: ", ")
    }

    private static func participants(_ seats: [CallReport.Participant]) -> [String] {
        guard !seats.isEmpty else { return [] }
        var table = Table([
            .left("SEAT"), .left("USER"), .left("ROLE"), .left("DEVICE"), .left("SESSION"),
            .left("ONLINE"), .left("MEDIA"), .left("CONNECTION"), .right("RECONNECTS"),
        ])
        for seat in seats {
            let away = seat.awaySeconds.map { "away for \(HumanUnits.duration($0))" } ?? "no"
            let media = [seat.audio ? "audio" : nil, seat.video ? "video" : nil].compactMap(\.self)
            table.append([
                seat.peer, seat.user, seat.role,
                seat.device ?? "-", seat.session ?? "-",
                seat.online ? "yes" : away,
                media.isEmpty ? "none" : media.joined(separator: ", "), connection(seat),
                String(seat.reconnects),
            ])
        }
        return [""] + table.lines
    }

    private static func connection(_ seat: CallReport.Participant) -> String {
        guard seat.local != nil || seat.remote != nil || seat.relayed != nil else { return "-" }
        let ends = "\(seat.local ?? "?") to \(seat.remote ?? "?")"
        let transport = seat.transport.map { " over \($0)" } ?? ""
        return (ends + transport + (seat.relayed == true ? ", relayed" : ""))
    }
}
