/// Users for people.
enum UserTable {
    static func lines(_ list: UserList) -> [String] {
        guard !list.users.isEmpty else { return ["Nobody relays or is signed in."] }
        var table = Table([
            .left("USER"), .left("ACCOUNT"), .right("ALLOCATIONS"), .right("PEERS"),
            .right("SESSIONS"), .right("CALLS"), .right("UP"), .right("DOWN"),
            .right("UP RATE"), .right("DOWN RATE"), .left("BANNED"),
        ])
        for user in list.users {
            let quota = list.quota.map { " of \($0)" } ?? ""
            table.append([
                Table.cut(user.user ?? user.account),
                user.user == nil ? "-" : Table.cut(user.account),
                user.allocations == 0 ? "0" : "\(user.allocations)\(quota)",
                String(user.permissions), "\(user.online) of \(user.sessions)",
                String(user.calls), HumanUnits.bytes(user.up.bytes),
                HumanUnits.bytes(user.down.bytes),
                HumanUnits.bitsPerSecond(user.rate.upBitsPerSecond),
                HumanUnits.bitsPerSecond(user.rate.downBitsPerSecond),
                user.bannedSeconds.map { "for \(HumanUnits.duration($0))" } ?? "no",
            ])
        }
        return table.lines + ["", Table.total("user", list.users.count, of: list.matched)]
    }
}
