import Admin
import Configuration

/// What a changed line costs those who are connected.
enum ReloadCost {
    private static let groupByKey = Dictionary(
        uniqueKeysWithValues: KeyTable.groups.flatMap { group in
            group.keys.map { ($0.name, group.title) }
        })

    /// What a change of this key costs at least.
    static func cost(of key: String) -> ReloadReply.Cost {
        guard let known = KeyTable.key(named: key) else { return .noEffect }
        // Refused in coturn's form; `=force` does it.
        if key == "allow-loopback-peers" { return .nothing }
        switch known.verdict {
        case .noEffect, .notYet, .refused, .unknown, .invalid: return .noEffect
        case .honoured, .mapped, .dangerous: break
        }
        return waiting[key] == nil ? .nothing : .restart
    }

    /// The keys whose lines differ, in the order of the old file, then of the new one.
    static func changes(
        from old: [Report.Line], to new: [Report.Line]
    ) -> [ReloadReply.Change] {
        var keys: [String] = []
        for line in old + new where !keys.contains(line.key) { keys.append(line.key) }
        return keys.compactMap { key in
            let before = effective(key, old)
            let after = effective(key, new)
            let removed = before.filter { line in !after.contains { isSame($0, line) } }
            let added = after.filter { line in !before.contains { isSame($0, line) } }
            guard !removed.isEmpty || !added.isEmpty else { return nil }
            return ReloadReply.Change(
                key: key, removed: removed.map(\.value), added: added.map(\.value),
                cost: cost(of: key), note: waiting[key])
        }
    }

    /// What is in force once `new` was reloaded: keys that wait for a restart keep their lines.
    static func inForce(
        _ old: [Report.Line], _ new: [Report.Line], _ changes: [ReloadReply.Change]
    ) -> [Report.Line] {
        let waiting = Set(changes.filter { $0.cost == .restart }.map(\.key))
        return old.filter { waiting.contains($0.key) } + new.filter { !waiting.contains($0.key) }
    }

    private static func effective(_ key: String, _ lines: [Report.Line]) -> [Report.Line] {
        let found = lines.filter { $0.key == key }
        return KeyTable.key(named: key)?.isRepeatable == true ? found : Array(found.suffix(1))
    }

    private static func isSame(_ one: Report.Line, _ other: Report.Line) -> Bool {
        one.value == other.value && one.fingerprint == other.fingerprint
    }

    /// Says whose sessions end, and what no line shows: secrets in other files.
    static func name(
        _ changes: inout [ReloadReply.Change], from old: ServerConfiguration,
        to new: ServerConfiguration, allocations: [String: Int]
    ) {
        let before = old.credentials
        let after = new.credentials
        if before.secrets != after.secrets,
            !changes.contains(where: { $0.key == "static-auth-secret" })
        {
            note(&changes, "auth-secret-file", .nothing, "the secrets in it have changed")
        }
        if old.calls.tokens.keys != new.calls.tokens.keys {
            note(
                &changes, "token-key", .nothing,
                "sessions go on; their next token must be signed with a key that is left")
        }
        let names = Set(after.users.map(\.name))
        let gone = before.users.map(\.name).filter { !names.contains($0) }
        let ending = gone.filter { allocations[$0] != nil }
        if !ending.isEmpty {
            let list = ending.map { "\(count(allocations[$0] ?? 0)) of \($0)" }
            note(&changes, "user", .sessions, "ends \(list.joined(separator: ", "))")
        }
        if !before.secrets.isEmpty, after.secrets.isEmpty {
            let known = Set(before.users.map(\.name))
            let sum = allocations.filter { !known.contains($0.key) }.values.reduce(0, +)
            if sum > 0 {
                note(
                    &changes, "static-auth-secret", .sessions,
                    "no secret is left: ends \(count(sum)) of time-limited names")
            }
        } else if !Set(before.secrets).isSubset(of: after.secrets) {
            note(
                &changes, "static-auth-secret", .nothing,
                "what relays goes on; credentials of the removed secret start nothing new")
        }
        nameRest(&changes, old, new)
    }

    private static func nameRest(
        _ changes: inout [ReloadReply.Change], _ old: ServerConfiguration,
        _ new: ServerConfiguration
    ) {
        for index in changes.indices {
            switch changes[index].key {
            case "realm":
                changes[index].note =
                    "what relays goes on; users with a 0x key must be written anew"
            case "denied-peer-ip" where !changes[index].added.isEmpty,
                "allowed-peer-ip" where !changes[index].removed.isEmpty,
                "lan" where old.peers.opensLocalNetworks && !new.peers.opensLocalNetworks,
                "allow-loopback-peers"
            where old.peers.allowsLoopback && !new.peers.allowsLoopback:
                changes[index].cost = .sessions
                changes[index].note = "ends permissions and channels to peers that are denied now"
            case "cert", "pkey", "certificate":
                changes[index].note = "open connections keep the certificate they began with"
                if old.streams.certificates.isEmpty != new.streams.certificates.isEmpty {
                    changes[index].cost = .restart
                    changes[index].note = "whether TLS is served changes only at a restart"
                }
            case "user-quota", "total-quota", "tcp-connections-per-allocation",
                "tcp-connections-per-user", "connections-max", "connections-per-prefix":
                changes[index].note = "whoever holds more keeps it and gets no more"
            case "no-udp-relay", "no-tcp-relay":
                changes[index].note = "what relays goes on; new allocations go by it"
            case "webhook-url", "webhook-secret":
                changes[index].note = "what is on its way goes where it was meant to"
            default: break
            }
            let group = groupByKey[changes[index].key] ?? ""
            if ["Calls", "Bounds of calls", "Webhooks"].contains(group),
                old.calls.isEnabled != new.calls.isEnabled
                    || !old.calls.isEnabled, changes[index].key != "admin-token",
                changes[index].cost != .noEffect
            {
                changes[index].cost = .restart
                changes[index].note = "whether there are calls changes only at a restart"
            }
        }
    }

    private static func note(
        _ changes: inout [ReloadReply.Change], _ key: String, _ cost: ReloadReply.Cost,
        _ text: String
    ) {
        if let index = changes.firstIndex(where: { $0.key == key }) {
            changes[index].cost = cost
            changes[index].note = text
        } else {
            changes.append(.init(key: key, removed: [], added: [], cost: cost, note: text))
        }
    }

    private static func count(_ allocations: Int) -> String {
        "\(allocations) allocation\(allocations == 1 ? "" : "s")"
    }
}
