import JSON

/// Expressions of nftables as people write them, near enough to be found in a file.
enum NftablesText {
    static func match(_ value: JSONValue) -> String {
        guard let left = value["left"], let right = value["right"] else { return "?" }
        let operation = value["op"]?.string ?? "=="
        let sign = operation == "==" || operation == "in" ? "" : operation + " "
        return "\(self.left(left)) \(sign)\(self.right(right))"
    }

    static func verdict(_ name: String, _ value: JSONValue) -> String {
        value["target"]?.string.map { "\(name) \($0)" } ?? name
    }

    /// Something of iptables that nftables only carries.
    static func `extension`(_ value: JSONValue) -> String {
        value["name"]?.string.map { "xt \($0)" } ?? "xt"
    }

    private static func left(_ value: JSONValue) -> String {
        if let payload = value["payload"], let name = payload["protocol"]?.string,
            let field = payload["field"]?.string
        {
            return "\(name) \(field)"
        }
        if let key = value["ct"]?["key"]?.string { return "ct \(key)" }
        if let key = value["meta"]?["key"]?.string {
            return ["iif", "iifname"].contains(key) ? key : "meta \(key)"
        }
        return value.object?.fields.first?.name ?? "?"
    }

    /// More elements than anybody reads are cut.
    private static let shownMax = 6

    private static func right(_ value: JSONValue) -> String {
        if let elements = value["set"]?.array {
            let more = elements.count > shownMax ? ", ..." : ""
            return "{ " + elements.prefix(shownMax).map(right).joined(separator: ", ") + more + " }"
        }
        if let list = value.array {
            return list.prefix(shownMax).map(right).joined(separator: ",")
        }
        if let prefix = value["prefix"], let address = prefix["addr"]?.string,
            let length = prefix["len"]?.integer
        {
            return "\(address)/\(length)"
        }
        if let ends = value["range"]?.array, ends.count == 2 {
            return "\(right(ends[0]))-\(right(ends[1]))"
        }
        if let text = value.string { return text }
        if let number = value.integer { return "\(number)" }
        return "?"
    }
}
