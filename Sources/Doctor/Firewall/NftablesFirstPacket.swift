import JSON
import Primitives

/// Conditions of nftables whose answer is known for the first packet of a client from outside,
/// whoever the client is.
enum NftablesFirstPacket {
    /// What an expression takes for granted of a packet: the family and the protocol of each
    /// header that it reads.
    static func implied(_ left: JSONValue?) -> [FirewallMatch] {
        guard let (name, value) = left?.object?.fields.first.map({ ($0.name, $0.value) }) else {
            return []
        }
        switch name {
        case "payload": return header(value["protocol"]?.string)
        case "tcp option": return header("tcp")
        case "&", "|", "^", "<<", ">>", "concat":
            return (value.array ?? []).flatMap { implied($0) }
        default: return []
        }
    }

    private static func header(_ name: String?) -> [FirewallMatch] {
        switch name {
        case "ip": [.family(.ipv4)]
        case "ip6": [.family(.ipv6)]
        case "tcp", "udp", "udplite", "sctp", "dccp", "icmp", "icmpv6", "esp", "ah":
            name.map { [.protocols([$0], isNegated: false)] } ?? []
        default: []
        }
    }

    /// Nil for a condition that is judged elsewhere, or not at all.
    static func match(
        _ left: JSONValue, _ operation: String, _ right: JSONValue
    ) -> FirewallMatch? {
        if let key = left["ct"]?["key"]?.string { return tracking(key, operation, right) }
        if left["fib"] != nil { return route(left["fib"], operation, right) }
        // Only `exthdr ... missing` is about packets without the header, as a client's are.
        if let header = left["exthdr"] {
            let isMissing = header["field"] == nil && exists(operation, right) == false
            return isMissing ? .always : .never
        }
        if isFlags(left) { return flags(nil, operation, right) }
        if let sides = left["&"]?.array, sides.count == 2, isFlags(sides[0]) {
            return words(sides[1]).map { flags($0, operation, right) } ?? .unclear
        }
        return nil
    }

    /// Nothing has been translated, confirmed or answered yet. Translation before these rules is
    /// judged where it is done.
    private static func tracking(
        _ key: String, _ operation: String, _ right: JSONValue
    ) -> FirewallMatch? {
        guard let words = words(right), !words.isEmpty else { return nil }
        let isNegated = ["!=", "!"].contains(operation)
        switch key {
        case "status":
            let known: Set = [
                "dnat", "snat", "expected", "seen-reply", "assured", "confirmed", "dying",
            ]
            guard words.isSubset(of: known) else { return nil }
            return isNegated ? .always : .never
        case "direction":
            return words.contains("original") != isNegated ? .always : .never
        default: return nil
        }
    }

    /// `fib`: a client's address has a way back through where it came from, and is of no address
    /// of this machine.
    private static func route(
        _ fib: JSONValue?, _ operation: String, _ right: JSONValue
    ) -> FirewallMatch? {
        guard words(fib?["flags"])?.contains("saddr") == true else { return nil }
        if fib?["result"]?.string == "type" {
            guard let words = words(right) else { return nil }
            return words.contains("unicast") != (operation == "!=") ? .always : .never
        }
        return exists(operation, right).map { $0 ? .always : .never }
    }

    /// `exists` and `missing`, which some versions write as numbers.
    private static func exists(_ operation: String, _ right: JSONValue) -> Bool? {
        guard let value = right.bool ?? right.integer.map({ $0 != 0 }) else { return nil }
        return value != (operation == "!=")
    }

    // MARK: - flags of TCP

    private static func isFlags(_ value: JSONValue) -> Bool {
        value["payload"]?["protocol"]?.string == "tcp"
            && value["payload"]?["field"]?.string == "flags"
    }

    /// The first packet of a connection has SYN alone (RFC 9293 §3.5).
    private static func flags(
        _ mask: Set<String>?, _ operation: String, _ right: JSONValue
    ) -> FirewallMatch {
        let present = mask?.intersection(["syn"]) ?? ["syn"]
        let choices = right["set"]?.array?.map { words($0) } ?? [words(right)]
        let wanted = choices.compactMap(\.self)
        guard wanted.count == choices.count, let first = wanted.first else { return .unclear }
        switch operation {
        case "==": return wanted.contains(present) ? .always : .never
        case "!=": return wanted.contains(present) ? .never : .always
        case "in": return first.isDisjoint(with: present) ? .never : .always
        case "!": return first.isDisjoint(with: present) ? .always : .never
        default: return .unclear
        }
    }

    /// One word, a list of them, or `{"|": [...]}`; 0 is none.
    private static func words(_ value: JSONValue?) -> Set<String>? {
        if let text = value?.string { return [text] }
        if value?.integer == 0 { return [] }
        guard let list = value?.array ?? value?["|"]?.array ?? value?["set"]?.array else {
            return nil
        }
        let parts = list.compactMap { words($0) }
        return parts.count == list.count ? parts.reduce(into: []) { $0.formUnion($1) } : nil
    }
}
