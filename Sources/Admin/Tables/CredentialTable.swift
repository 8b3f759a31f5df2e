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
