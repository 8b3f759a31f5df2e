import Admin
import Configuration
import Primitives

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
            let change = changes[index]
            if let (cost, note) = ends(change, old, new) ?? waits(change, old, new) {
                changes[index].cost = cost
                changes[index].note = note
            } else if let note = notes[change.key] {
                changes[index].note = note
            }
        }
    }

    /// What ends because of a change, beside what users hold.
    private static func ends(
        _ change: ReloadReply.Change, _ old: ServerConfiguration, _ new: ServerConfiguration
    ) -> (ReloadReply.Cost, String)? {
        switch change.key {
        case "denied-peer-ip" where !change.added.isEmpty,
            "allowed-peer-ip" where !change.removed.isEmpty,
            "lan" where old.peers.opensLocalNetworks && !new.peers.opensLocalNetworks,
            "allow-loopback-peers" where old.peers.allowsLoopback && !new.peers.allowsLoopback:
            (.sessions, "ends permissions and channels to peers that are denied now")
        case "rfc5766-channel-numbers" where old.stun.highChannels && !new.stun.highChannels:
            (.sessions, "channels above 0x4fff relay no more")
        case "stun-only" where !old.stun.stunOnly && new.stun.stunOnly:
            (.sessions, "ends what relays within minutes: nothing is refreshed any more")
        case "max-allocation-age"
        where isShorter(new.limits.maxAllocationAge, old.limits.maxAllocationAge):
            (.sessions, "ends allocations older than that when they ask for more time")
        default: nil
        }
    }

    /// Of an age that 0 leaves without a bound.
    private static func isShorter(_ new: Seconds, _ old: Seconds) -> Bool {
        new.count != 0 && (old.count == 0 || new.count < old.count)
    }

    /// What waits for a restart because of how the daemon began.
    private static func waits(
        _ change: ReloadReply.Change, _ old: ServerConfiguration, _ new: ServerConfiguration
    ) -> (ReloadReply.Cost, String)? {
        guard change.cost != .noEffect, change.key != "admin-token" else { return nil }
        let isOfCalls = ["Calls", "Bounds of calls", "Webhooks"].contains(
            groupByKey[change.key] ?? "")
        if isOfCalls, !old.calls.isEnabled || !new.calls.isEnabled {
            return (.restart, "whether there are calls changes only at a restart")
        }
        return nil
    }

    private static let connected = "what is connected goes on"
    private static let relayed = "allocations keep the relay address and port that they have"
    private static let quota = "whoever holds more keeps it and gets no more"

    /// What is worth knowing of a change that costs nothing.
    private static let notes = [
        "realm": "what relays goes on; users with a 0x key must be written anew",
        "cert": "open connections keep the certificate they began with",
        "pkey": "open connections keep the certificate they began with",
        "certificate": "open connections keep the certificate they began with",
        "user-quota": quota, "total-quota": quota, "tcp-connections-per-allocation": quota,
        "tcp-connections-per-user": quota, "connections-max": quota,
        "connections-per-prefix": quota,
        "no-udp-relay": "what relays goes on; new allocations go by it",
        "no-tcp-relay": "what relays goes on; new allocations go by it",
        "relay-ip": relayed, "external-ip": relayed, "min-port": relayed, "max-port": relayed,
        "no-tcp": connected, "no-tls": connected, "no-dtls": connected, "dtls": connected,
        "sock-buf-size": "sockets that are open keep theirs",
        "webhook-url": "what is on its way goes where it was meant to",
        "webhook-secret": "what is on its way goes where it was meant to",
    ]

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

    static func count(_ allocations: Int) -> String {
        "\(allocations) allocation\(allocations == 1 ? "" : "s")"
    }
}
