import Primitives

/// Answers about the daemon's own state for people.
enum ControlTables {
    static func refusals(_ list: RefusalList) -> [String] {
        var lines: [String] = []
        if list.refusals.isEmpty {
            lines = ["No refusals lately."]
        } else {
            var table = Table([
                .right("AGO"), .left("CLIENT"), .left("USER"), .left("REQUEST"), .right("CODE"),
                .right("TIMES"), .left("CAUSE"),
            ])
            for item in list.refusals {
                let user = item.user.map { Table.cut($0) + (item.proven ? "" : " ?") } ?? "-"
                table.append([
                    HumanUnits.duration(item.lastSecondsAgo), item.client.description, user,
                    item.method, String(item.code), HumanUnits.count(item.count), item.cause,
                ])
            }
            lines = table.lines
            lines += ["", Table.total("refusal", list.refusals.count, of: list.matched)]
        }
        if list.unseen > 0 {
            lines.append(
                "\(HumanUnits.count(list.unseen)) more came too fast to be looked at, since the "
                    + "start.")
        }
        return lines
    }

    static func drain(_ reply: DrainReply) -> [String] {
        guard reply.draining else { return ["New allocations and callers are taken again."] }
        let rest =
            "\(Table.count("allocation", reply.allocations)) and "
            + "\(Table.count("caller", reply.callers)) are left."
        return [
            "No new allocations and callers are taken. " + rest,
            reply.stops
                ? "The daemon ends when the last of them is gone."
                : "'turnstone drain --undo' takes new ones again.",
        ]
    }

    static func configuration(_ reply: ConfigurationReply) -> [String] {
        let origin = reply.file ?? "the command line"
        var lines = ["# In force: \(origin.printable). Secrets are hidden."]
        var table = Table([.left(""), .left("")])
        for setting in reply.settings {
            let place =
                switch setting.line {
                case nil: "# default"
                case 0: "# command line"
                case let number?: "# line \(number)"
                }
            let text = setting.value.isEmpty ? setting.key : "\(setting.key)=\(setting.value)"
            table.append([text, place])
        }
        lines += table.lines
        return lines
    }

    static func reload(_ reply: ReloadReply) -> [String] {
        var lines: [String] = []
        for change in reply.changes {
            for value in change.removed { lines.append("- " + setting(change.key, value)) }
            for value in change.added { lines.append("+ " + setting(change.key, value)) }
            lines.append("    " + cost(change))
        }
        if reply.changes.isEmpty, reply.errors.isEmpty { lines.append("No line differs.") }
        lines += reply.warnings.map { "warning: " + $0.printable }
        lines += reply.errors.map { "error: " + $0.printable }
        if !lines.isEmpty { lines.append("") }
        let file = reply.file.printable
        if reply.applied {
            lines.append("Reloaded \(file).")
        } else if reply.errors.isEmpty {
            lines.append("Nothing was changed: this was a rehearsal.")
        } else {
            lines.append("Nothing was changed: \(file) is not accepted.")
        }
        return lines
    }

    private static func setting(_ key: String, _ value: String) -> String {
        (value.isEmpty ? key : "\(key)=\(value)").printable
    }

    private static func cost(_ change: ReloadReply.Change) -> String {
        let text =
            switch change.cost {
            case .nothing: "costs nothing"
            case .sessions: "ends what is running"
            case .restart: "waits for a restart"
            case .noEffect: "has no effect here"
            }
        return change.note.map { "\(text): \($0.printable)" } ?? text
    }
}
