import Primitives

/// One rule of iptables, out of its words.
enum IptablesRule {
    static func read(
        _ words: [String], text: String, isChain: (String) -> Bool
    ) -> FirewallRule {
        var rule = FirewallRule(text: text)
        var rest = words[...]
        var transport: String?
        var module = ""
        var isNegated = false
        while let word = rest.popFirst() {
            if word == "!" {
                isNegated = true
                continue
            }
            switch word {
            case "-j", "-g":
                let name = rest.popFirst() ?? ""
                rule.verdict = verdict(name, isGoto: word == "-g", rest, isChain)
                // What follows are options of the target.
                return rule
            case "-m": module = rest.popFirst() ?? ""
            case "-p":
                let name = rest.popFirst() ?? ""
                transport = isNegated ? nil : name
                if name != "all" {
                    rule.matches.append(.protocols([name], isNegated: isNegated))
                }
            default:
                rule.matches +=
                    firstPacket(module, word, &rest, isNegated)
                    ?? match(word, &rest, isNegated, transport)
            }
            isNegated = false
        }
        return rule
    }

    private static func verdict(
        _ name: String, isGoto: Bool, _ options: ArraySlice<String>, _ isChain: (String) -> Bool
    ) -> FirewallVerdict {
        if isChain(name) { return isGoto ? .goto(name) : .jump(name) }
        switch name {
        case "ACCEPT": return .accept
        case "DROP", "REJECT", "TARPIT": return .drop
        case "RETURN": return .return
        case "NOTRACK": return .untrack
        case "CT": return options.contains("--notrack") ? .untrack : .none
        case "LOG", "NFLOG", "ULOG", "MARK", "CONNMARK", "SET", "TCPMSS", "TOS", "DSCP", "TTL",
            "HL", "AUDIT", "TRACE", "CLASSIFY", "SECMARK", "CONNSECMARK", "CHECKSUM":
            return .none
        // DNAT, REDIRECT, TPROXY, NFQUEUE, and what is newer than this.
        default: return .unclear
        }
    }

    /// Options of modules whose answer is known for the first packet of a client from outside;
    /// nil for others.
    private static func firstPacket(
        _ module: String, _ word: String, _ rest: inout ArraySlice<String>, _ isNegated: Bool
    ) -> [FirewallMatch]? {
        switch (module, word) {
        // A client's address has a way back through where it came from.
        case ("rpfilter", "--invert"): return [.never]
        case ("rpfilter", _): return []
        // No packet of a client has a routing header (RFC 5095 §3).
        case ("rt", _):
            _ = value(&rest)
            return [.never]
        // Remembers the address, and fits always.
        case ("recent", "--set"): return isNegated ? [.never] : []
        case ("recent", "--name"), ("recent", "--mask"):
            _ = value(&rest)
            return []
        case ("recent", "--rsource"), ("recent", "--rdest"): return []
        case ("conntrack", "--ctstatus"):
            guard let value = value(&rest), !value.contains("NONE") else { return [.unclear] }
            return isNegated ? [] : [.never]
        case ("conntrack", "--ctdir"):
            return [(value(&rest) == "ORIGINAL") != isNegated ? .always : .never]
        // The least that IPv4 and IPv6 ask for, less their headers (RFC 9293 §3.7.1).
        case ("tcpmss", "--mss"):
            guard let sizes = value(&rest).flatMap(ports) else { return [.unclear] }
            let usual = PortSet([1_220...1_460])
            if usual.subtracting(sizes).isEmpty { return isNegated ? [.never] : [] }
            guard usual.intersection(sizes).isEmpty else { return [.unclear] }
            return isNegated ? [] : [.never]
        default: return nil
        }
    }

    /// What belongs to an option. Some have no value; the next option is never taken for one.
    private static func value(_ rest: inout ArraySlice<String>) -> String? {
        guard let next = rest.first, !next.hasPrefix("-"), next != "!" else { return nil }
        return rest.popFirst()
    }

    private static func match(
        _ word: String, _ rest: inout ArraySlice<String>, _ isNegated: Bool, _ transport: String?
    ) -> [FirewallMatch] {
        switch word {
        // Options without a value.
        case "--syn": return isNegated ? [.never] : []
        case "-f": return isNegated ? [] : [.never]
        case "--comment":
            _ = rest.popFirst()
            return []
        case "--tcp-flags":
            guard let mask = value(&rest), let set = value(&rest) else { return [.unclear] }
            // The first packet of a connection has SYN alone (RFC 9293 §3.5).
            let isSeen = mask == "ALL" || mask.split(separator: ",").contains("SYN")
            return (set == (isSeen ? "SYN" : "NONE")) != isNegated ? [] : [.never]
        case "--match-set":
            _ = rest.popFirst()
            let sides = rest.popFirst() ?? ""
            return [sides == "src" ? .source(isNearlyAll: isNegated) : .unclear]
        default:
            guard word.hasPrefix("-"), let value = value(&rest) else { return [.unclear] }
            return [match(word, value, isNegated, transport)]
        }
    }

    private static func match(
        _ word: String, _ value: String, _ isNegated: Bool, _ transport: String?
    ) -> FirewallMatch {
        switch word {
        case "-s": return .source(isNearlyAll: value.hasSuffix("/0") != isNegated)
        case "--src-range": return .source(isNearlyAll: isNegated)
        case "-d", "--dst-range":
            return AddressRange(value).map { .destination([$0], isNegated: isNegated) } ?? .unclear
        case "-i":
            let pattern = value.hasSuffix("+") ? value.dropLast() + "*" : value[...]
            return .interfaces([String(pattern)], isNegated: isNegated)
        // Nothing that comes in has a way out yet.
        case "-o": return .never
        case "--dport", "--dports", "--ports":
            guard let ports = ports(value) else { return .unclear }
            return .ports(isNegated ? ports.inverted : ports, protocol: transport)
        case "--sport", "--sports":
            guard let ports = ports(value) else { return .unclear }
            let isNearlyAll = (isNegated ? ports.inverted : ports).count > 60_000
            return .source(isNearlyAll: isNearlyAll)
        case "--ctstate", "--state":
            // Nothing has been translated yet, and what will be is judged where that is done.
            let names = value.split(separator: ",").map { $0.lowercased() }
                .filter { $0 != "dnat" && $0 != "snat" }
            let known = names.compactMap { TrackingState(rawValue: $0) }
            return known.count == names.count
                ? .states(Set(known), isNegated: isNegated) : .unclear
        case "--dst-type":
            return value.split(separator: ",").contains("LOCAL") != isNegated
                ? .always : .never
        case "--pkt-type":
            return (value == "unicast") != isNegated ? .always : .never
        case "--icmp-type", "--icmpv6-type": return .never
        default: return .unclear
        }
    }

    /// `3478,5349,50000:50010`; an open end reaches to the last port.
    private static func ports(_ text: String) -> PortSet? {
        var ranges: [ClosedRange<UInt16>] = []
        for part in text.split(separator: ",") {
            let ends = part.split(separator: ":", omittingEmptySubsequences: false)
            guard let first = ends.first, ends.count <= 2,
                let low = first.isEmpty ? 0 : UInt16(first)
            else { return nil }
            let last = ends.count == 2 ? ends[1] : first
            guard let high = last.isEmpty ? UInt16.max : UInt16(last), low <= high else {
                return nil
            }
            ranges.append(low...high)
        }
        return ranges.isEmpty ? nil : PortSet(ranges)
    }
}
