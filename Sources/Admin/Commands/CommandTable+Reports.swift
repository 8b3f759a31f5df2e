// What people found when they tested their connection.
extension CommandTable {
    static let reports = [reportsList, reportsShow]

    private static let reportsList = CommandSpec(
        "reports", "list", about: "List connection tests that people sent in, the newest first.",
        options: [.json, .socket],
        explanation: [
            "The page /trickle-ice tests the way to this server and says what is wrong; its",
            "reader may send the result. The newest 64 are kept, until the daemon stops.",
        ],
        examples: ["turnstone reports list"],
        read: { parsed throws(UsageError) in .ask(.reports, parsed) })

    private static let reportsShow = CommandSpec(
        "reports", "show", operands: "ID", count: 1...1,
        about: "Show all of one: what the browser found, and what it means.",
        options: [.json, .socket], examples: ["turnstone reports show 3"],
        read: { parsed throws(UsageError) in .ask(.report(try reportID(parsed)), parsed) })

    private static func reportID(_ parsed: ParsedArguments) throws(UsageError) -> UInt64 {
        guard let id = UInt64(parsed.operands[0]) else {
            throw parsed.error(
                "'\(parsed.operands[0].printable)' is no report id; they are numbers, see "
                    + "'turnstone reports list'")
        }
        return id
    }
}
