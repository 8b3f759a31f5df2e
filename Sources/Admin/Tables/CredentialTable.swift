/// An issued credential for people, in the words a browser's configuration uses.
enum CredentialTable {
    static func lines(_ reply: CredentialReply) -> [String] {
        var table = Table([.left(""), .left("")])
        for url in reply.urls { table.append(["urls", url]) }
        table.append(["username", reply.username])
        table.append(["credential", reply.credential])
        table.append(["realm", reply.realm])
        table.append(["valid", "for \(HumanUnits.duration(UInt64(reply.ttlSeconds)))"])
        return table.lines
    }
}

extension CredentialTable {
    static func explain(_ reply: CredentialExplanation) -> [String] {
        var table = Table([.left(""), .left("")])
        table.append(["username", reply.username])
        table.append(["kind", kind(reply)])
        table.append(["account", reply.account])
        table.append(["realm", reply.realm])
        if let left = reply.expiresInSeconds {
            table.append([
                "expires",
                left < 0
                    ? "expired \(HumanUnits.duration(UInt64(-left))) ago"
                    : "in \(HumanUnits.duration(UInt64(left)))",
            ])
        }
        for (index, password) in reply.passwords.enumerated() {
            table.append(["password", "\(password) (by secret \(index + 1))"])
        }
        let quota = reply.quota.map { " of \($0)" } ?? ""
        table.append(["allocations", "\(reply.allocations)\(quota)"])
        let verdict =
            reply.accepted
            ? "would be granted" : "would be refused with \(reply.code.map(String.init) ?? "?")"
        table.append(["an Allocate", verdict])
        return table.lines + reply.causes.map { "  - " + $0.printable }
            + reply.notes.map { "  note: " + $0.printable }
    }

    static func revoked(_ reply: RevokeReply) -> [String] {
        [
            "\(reply.account.printable) gets no allocation for "
                + "\(HumanUnits.duration(reply.seconds)); ended "
                + "\(Table.count("allocation", reply.killed))."
        ]
    }

    private static func kind(_ reply: CredentialExplanation) -> String {
        switch reply.kind {
        case "static": "a user= line of the configuration"
        case "time-limited":
            "time-limited" + (reply.secret.map { ", made with secret \($0)" } ?? "")
        default: reply.kind
        }
    }
}
