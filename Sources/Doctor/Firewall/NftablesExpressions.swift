import JSON
import Primitives

/// The expressions of one rule of nftables, as conditions and a verdict.
struct NftablesExpressions {
    /// `inet filter`: where named sets are looked for.
    let scope: String
    let sets: [String: [JSONValue]]

    /// One rule, or several where a verdict map stands for them.
    func rules(_ expressions: [JSONValue]) -> [FirewallRule] {
        var rule = FirewallRule(text: "")
        var words: [String] = []
        var extra: [FirewallRule] = []
        for expression in expressions {
            guard let (name, value) = expression.object?.fields.first.map({ ($0.name, $0.value) })
            else { continue }
            switch name {
            case "match":
                rule.matches += matches(value)
                words.append(NftablesText.match(value))
            case "vmap":
                extra = map(value, after: rule, words)
            case "set", "map", "meter":
                guard let bound = Self.bound(value) else { continue }
                rule.matches.append(.unclear)
                words.append(bound)
            case "counter", "comment", "log", "mangle", "secmark", "flow", "last": continue
            case "limit", "quota", "ct count", "xt":
                rule.matches.append(.unclear)
                words.append(name == "xt" ? NftablesText.extension(value) : name)
            default:
                rule.verdict = verdict(name, value)
                words.append(NftablesText.verdict(name, value))
            }
        }
        rule.text = words.joined(separator: " ")
        return extra.isEmpty ? [rule] : extra
    }

    /// A statement that looks up or adds an element may also bound how often, for each element.
    private static func bound(_ value: JSONValue) -> String? {
        guard let inner = value["stmt"] else { return nil }
        let names = (inner.array ?? [inner]).compactMap { $0.object?.fields.first?.name }
        return names.first { ["limit", "quota", "ct count"].contains($0) }
    }

    private func verdict(_ name: String, _ value: JSONValue) -> FirewallVerdict {
        switch name {
        case "accept": .accept
        case "drop", "reject": .drop
        case "return", "continue": name == "return" ? .return : .none
        case "jump": value["target"]?.string.map { .jump($0) } ?? .unclear
        case "goto": value["target"]?.string.map { .goto($0) } ?? .unclear
        case "notrack": .untrack
        // queue, dnat, redirect, tproxy, and what is newer than this.
        default: .unclear
        }
    }

    /// `tcp dport vmap { 80 : accept }` is a rule for each of its elements.
    private func map(
        _ value: JSONValue, after rule: FirewallRule, _ words: [String]
    ) -> [FirewallRule] {
        guard let key = value["key"] else { return [unclear(rule, words)] }
        let named = value["data"]?.string.map { elements(named: $0) } ?? nil
        guard let pairs = value["data"]?["set"]?.array ?? named else {
            return [unclear(rule, words)]
        }
        return pairs.map { pair in
            guard let sides = pair.array, sides.count == 2,
                let (name, target) = sides[1].object?.fields.first.map({ ($0.name, $0.value) })
            else { return unclear(rule, words) }
            let side: JSONValue = ["op": "==", "left": key, "right": sides[0]]
            var result = rule
            result.matches += matches(side)
            result.verdict = verdict(name, target)
            let text = words + [NftablesText.match(side), NftablesText.verdict(name, target)]
            result.text = text.joined(separator: " ")
            return result
        }
    }

    private func unclear(_ rule: FirewallRule, _ words: [String]) -> FirewallRule {
        var result = rule
        result.verdict = .unclear
        result.text = (words + ["vmap"]).joined(separator: " ")
        return result
    }

    // MARK: - conditions

    /// A condition with what it takes for granted: in a table for both families `ip saddr` is
    /// about IPv4 alone (nft(8), payload expressions).
    private func matches(_ value: JSONValue) -> [FirewallMatch] {
        NftablesFirstPacket.implied(value["left"]) + [match(value)]
    }

    private func match(_ value: JSONValue) -> FirewallMatch {
        guard let left = value["left"], let right = value["right"],
            let operation = value["op"]?.string
        else { return .unclear }
        if let meta = left["meta"]?["key"]?.string { return metadata(meta, operation, right) }
        if left["ct"]?["key"]?.string == "state" { return state(operation, right) }
        if let known = NftablesFirstPacket.match(left, operation, right) { return known }
        if let payload = left["payload"] { return self.payload(payload, operation, right) }
        if let kind = left["fib"]?["result"]?.string, kind == "type" {
            return addressType(operation, right)
        }
        return .unclear
    }

    private func metadata(_ key: String, _ operation: String, _ right: JSONValue) -> FirewallMatch {
        guard let isNegated = Self.negation(operation), let values = values(right) else {
            return .unclear
        }
        let texts = values.compactMap(\.string)
        guard texts.count == values.count else { return .unclear }
        switch key {
        case "l4proto": return .protocols(Set(texts), isNegated: isNegated)
        case "iif", "iifname": return .interfaces(texts, isNegated: isNegated)
        case "nfproto", "protocol":
            let families = Set(
                texts.compactMap { text -> AddressFamily? in
                    ["ipv4", "ip"].contains(text)
                        ? .ipv4 : ["ipv6", "ip6"].contains(text) ? .ipv6 : nil
                })
            let wanted = isNegated ? Set(AddressFamily.allCases).subtracting(families) : families
            return wanted.count == 2
                ? .always
                : wanted.first.map { .family($0) }
                    ?? .never
        case "pkttype":
            return texts.contains("host") != isNegated ? .always : .never
        default: return .unclear
        }
    }

    private func state(_ operation: String, _ right: JSONValue) -> FirewallMatch {
        // `ct state established,related` is `in`; a set of them `==`.
        guard let isNegated = operation == "in" ? false : Self.negation(operation),
            let values = values(right)
        else { return .unclear }
        let states = values.compactMap { $0.string.flatMap { TrackingState(rawValue: $0) } }
        return states.count == values.count
            ? .states(Set(states), isNegated: isNegated) : .unclear
    }

    private func addressType(_ operation: String, _ right: JSONValue) -> FirewallMatch {
        guard let isNegated = Self.negation(operation), let values = values(right) else {
            return .unclear
        }
        // What comes to a relay is sent to an address of this machine alone.
        let isLocal = values.contains { $0.string == "local" }
        return isLocal != isNegated ? .always : .never
    }

    private func payload(
        _ payload: JSONValue, _ operation: String, _ right: JSONValue
    ) -> FirewallMatch {
        guard let name = payload["protocol"]?.string, let field = payload["field"]?.string else {
            return .unclear
        }
        switch (name, field) {
        case ("udp", "dport"), ("tcp", "dport"), ("th", "dport"):
            guard let ports = ports(operation, right) else { return .unclear }
            return .ports(ports, protocol: name == "th" ? nil : name)
        case ("ip", "protocol"), ("ip6", "nexthdr"):
            return metadata("l4proto", operation, right)
        case ("ip", "saddr"), ("ip6", "saddr"): return source(operation, right)
        case ("ip", "daddr"), ("ip6", "daddr"):
            guard let isNegated = Self.negation(operation), let values = values(right) else {
                return .unclear
            }
            let ranges = values.compactMap(range)
            return ranges.count == values.count
                ? .destination(ranges, isNegated: isNegated) : .unclear
        // What a client sends from is its own choice.
        case ("udp", "sport"), ("tcp", "sport"), ("th", "sport"):
            guard let ports = ports(operation, right) else { return .unclear }
            return .source(isNearlyAll: ports.count > 60_000)
        // A header that such packets do not have.
        default:
            return ["icmp", "icmpv6", "sctp", "dccp", "esp"].contains(name) ? .never : .unclear
        }
    }

    private func source(_ operation: String, _ right: JSONValue) -> FirewallMatch {
        guard let isNegated = Self.negation(operation), let values = values(right) else {
            return .unclear
        }
        let isAny = values.contains { $0["prefix"]?["len"]?.integer == 0 }
        return .source(isNearlyAll: isAny != isNegated)
    }

    private func ports(_ operation: String, _ right: JSONValue) -> PortSet? {
        guard let values = values(right) else { return nil }
        let ranges = values.compactMap { value -> ClosedRange<UInt16>? in
            if let port = value.integer { return UInt16(exactly: port).map { $0...$0 } }
            guard let ends = value["range"]?.array, ends.count == 2,
                let low = ends[0].integer.flatMap({ UInt16(exactly: $0) }),
                let high = ends[1].integer.flatMap({ UInt16(exactly: $0) }), low <= high
            else { return nil }
            return low...high
        }
        guard ranges.count == values.count else { return nil }
        let set = PortSet(ranges)
        guard let first = set.ranges.first?.lowerBound else {
            return operation == "!=" ? .all : set
        }
        switch operation {
        case "==", "in": return set
        case "!=": return set.inverted
        case "<=": return PortSet([0...first])
        case "<": return first == 0 ? PortSet() : PortSet([0...(first - 1)])
        case ">=": return PortSet([first...UInt16.max])
        case ">": return first == .max ? PortSet() : PortSet([(first + 1)...UInt16.max])
        default: return nil
        }
    }

    private func range(_ value: JSONValue) -> AddressRange? {
        if let text = value.string { return AddressRange(text) }
        if let address = value["prefix"]?["addr"]?.string,
            let length = value["prefix"]?["len"]?.integer
        {
            return AddressRange("\(address)/\(length)")
        }
        guard let ends = value["range"]?.array, ends.count == 2, let low = ends[0].string,
            let high = ends[1].string
        else { return nil }
        return AddressRange("\(low)-\(high)")
    }

    /// The right side of a comparison: one value, a list, an anonymous or a named set.
    private func values(_ right: JSONValue) -> [JSONValue]? {
        let plain: [JSONValue]
        if let name = right.string, name.hasPrefix("@") {
            guard let named = elements(named: name) else { return nil }
            plain = named
        } else {
            plain = right["set"]?.array ?? right.array ?? [right]
        }
        // An element may carry a timeout, a comment or a counter.
        return plain.map { $0["elem"]?["val"] ?? $0 }
    }

    private func elements(named name: String) -> [JSONValue]? {
        sets["\(scope) \(name.drop { $0 == "@" })"]
    }

    private static func negation(_ operation: String) -> Bool? {
        ["==": false, "in": false, "!=": true][operation]
    }
}
