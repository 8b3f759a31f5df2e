import Primitives

/// Allocations for people: one line each in a list, everything about one.
enum AllocationTables {
    /// Longer accounts are cut in a list; `show` and JSON have them whole.
    private static let accountCharactersMax = 24

    static func list(_ list: AllocationList) -> [String] {
        guard !list.allocations.isEmpty else { return ["No allocations."] }
        var table = Table([
            .left("ID"), .left("USER"), .left("CLIENT"), .left("VIA"), .left("RELAY"),
            .right("AGE"), .right("LEFT"), .right("PERMS"), .right("CHANS"), .right("UP"),
            .right("DOWN"), .right("UP RATE"), .right("DOWN RATE"), .right("DROPS"),
        ])
        for allocation in list.allocations { table.append(row(allocation)) }
        let shown = list.allocations.count
        let total =
            list.matched == shown
            ? "\(shown) allocation\(shown == 1 ? "" : "s")."
            : "\(shown) of \(list.matched) allocations; narrow them with --user, --client or "
                + "--peer, or raise --limit."
        return table.lines + ["", total]
    }

    static func show(_ allocation: AllocationSnapshot) -> [String] {
        var facts = Table([.left(""), .left("")])
        facts.append(["Allocation", "\(allocation.id) on worker \(allocation.worker)"])
        facts.append(["User", user(allocation)])
        facts.append([
            "Client",
            "\(allocation.client) over \(allocation.transport) to \(allocation.listener)",
        ])
        for relay in allocation.relays {
            let local = relay.local == relay.advertised ? "" : " (here \(relay.local))"
            let kind = allocation.relayTransport == "tcp" ? " over tcp" : ""
            facts.append(["Relay", "\(relay.advertised)\(local)\(kind)"])
        }
        facts.append(["Age", HumanUnits.duration(allocation.ageSeconds)])
        facts.append([
            "Expires",
            "in \(HumanUnits.duration(UInt64(allocation.expiresInSeconds))) of "
                + HumanUnits.duration(UInt64(allocation.lifetimeSeconds)),
        ])
        facts.append(["Up", traffic(allocation.up, allocation.rate.upBitsPerSecond)])
        facts.append(["Down", traffic(allocation.down, allocation.rate.downBitsPerSecond)])
        facts.append(["Drops", drops(allocation.drops)])
        return facts.lines + peers(allocation)
    }

    /// `12 no-permission, 3 send-buffer-full`, most first.
    static func drops(_ drops: [String: UInt64]) -> String {
        let counted = drops.filter { $0.value > 0 }
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        if counted.isEmpty { return "none" }
        return counted.map { "\(HumanUnits.count($0.value)) \($0.key)" }.joined(separator: ", ")
    }

    private static func row(_ allocation: AllocationSnapshot) -> [String] {
        let account = allocation.account.printable
        let shown =
            account.count > accountCharactersMax
            ? account.prefix(accountCharactersMax - 1) + "~" : account[...]
        let more = allocation.relays.count > 1 ? " +\(allocation.relays.count - 1)" : ""
        return [
            allocation.id.description, String(shown), allocation.client.description,
            allocation.transport,
            (allocation.relays.first?.advertised.description ?? "none") + more,
            HumanUnits.duration(allocation.ageSeconds),
            HumanUnits.duration(UInt64(allocation.expiresInSeconds)),
            String(allocation.permissions.count), String(allocation.channels.count),
            HumanUnits.bytes(allocation.up.bytes), HumanUnits.bytes(allocation.down.bytes),
            HumanUnits.bitsPerSecond(allocation.rate.upBitsPerSecond),
            HumanUnits.bitsPerSecond(allocation.rate.downBitsPerSecond),
            HumanUnits.count(allocation.drops.values.reduce(0, &+)),
        ]
    }

    private static func user(_ allocation: AllocationSnapshot) -> String {
        allocation.account == allocation.user
            ? allocation.user : "\(allocation.account) (as \(allocation.user))"
    }

    private static func traffic(_ traffic: Traffic, _ bitsPerSecond: UInt64) -> String {
        "\(HumanUnits.bytes(traffic.bytes)) in \(HumanUnits.count(traffic.packets)) packets, now "
            + HumanUnits.bitsPerSecond(bitsPerSecond)
    }

    private static func peers(_ allocation: AllocationSnapshot) -> [String] {
        var lines: [String] = []
        if !allocation.permissions.isEmpty {
            var table = Table([.left("PERMISSION FOR"), .right("LEFT")])
            for permission in allocation.permissions {
                table.append([
                    permission.peer.description,
                    HumanUnits.duration(UInt64(permission.expiresInSeconds)),
                ])
            }
            lines += [""] + table.lines
        }
        if !allocation.channels.isEmpty {
            var table = Table([.left("CHANNEL"), .left("TO"), .right("LEFT")])
            for channel in allocation.channels {
                table.append([
                    "0x" + String(channel.number, radix: 16), channel.peer.description,
                    HumanUnits.duration(UInt64(channel.expiresInSeconds)),
                ])
            }
            lines += [""] + table.lines
        }
        return lines + connections(allocation)
    }

    private static func connections(_ allocation: AllocationSnapshot) -> [String] {
        guard !allocation.connections.isEmpty else { return [] }
        var table = Table([
            .left("CONNECTION WITH"), .left("MADE BY"), .left("STATE"), .right("AGE"),
        ])
        for connection in allocation.connections {
            let stream = connection.stream.map { " to \($0)" } ?? ""
            table.append([
                connection.peer.description, connection.incoming ? "peer" : "client",
                connection.state + stream, HumanUnits.duration(UInt64(connection.ageSeconds)),
            ])
        }
        return [""] + table.lines
    }
}
