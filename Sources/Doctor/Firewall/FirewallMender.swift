/// The commands that open ports, in the words of whatever keeps the rules.
struct FirewallMender {
    let maker: FirewallRuleset.Maker

    var advice: String {
        switch maker {
        case .ufw, .firewalld: "Open them:"
        case .ufwWithoutIPv6:
            "ufw is told to leave IPv6 alone, and closes all of it. Set IPV6=yes in "
                + "/etc/default/ufw, load it, and open them:"
        case .hand:
            "Open them, and write the same into the file that is loaded at boot "
                + "(/etc/nftables.conf, or iptables-persistent's):"
        }
    }

    func commands(_ decision: FirewallOutcome.Decision, _ transport: String) -> [String] {
        let ports = decision.ports
        let allow = ports.text(rangeMark: ":").map { "ufw allow \($0)/\(transport)" }
        switch maker {
        case .ufw: return allow
        case .ufwWithoutIPv6:
            return ["sed -i 's/^IPV6=.*/IPV6=yes/' /etc/default/ufw", "ufw reload"] + allow
        case .firewalld(let zone):
            // Without a zone it is the default one, which may not be that of the interface.
            let words = "firewall-cmd --permanent " + (zone.map { "--zone=\($0) " } ?? "")
            return ports.text(rangeMark: "-").map { "\(words)--add-port=\($0)/\(transport)" }
                + ["firewall-cmd --reload"]
        case .hand: return commands(ports, transport, decision.place)
        }
    }

    private func commands(
        _ ports: PortSet, _ transport: String, _ place: FirewallPlace
    ) -> [String] {
        switch place.table.tool {
        case .nftables:
            let list = ports.ranges.count == 1 ? "\(ports)" : "'{ \(ports) }'"
            let chain = "\(place.table.family) \(place.table.name) \(place.chain.name)"
            return ["nft insert rule \(chain) \(transport) dport \(list) accept"]
        case .iptables:
            let program = place.table.family == "ip" ? "iptables" : "ip6tables"
            let table = place.table.name == "filter" ? "" : "-t \(place.table.name) "
            return ports.text(rangeMark: ":").map {
                "\(program) \(table)-I \(place.chain.name) -p \(transport) --dport \($0) -j ACCEPT"
            }
        }
    }
}

extension FirewallRuleset {
    /// What keeps the rules of a chain.
    enum Maker: Hashable {
        case ufw
        /// ufw with `IPV6=no`: it drops IPv6 by policies, and has no rules for it.
        case ufwWithoutIPv6
        /// With the zone that decided, where the rule tells it.
        case firewalld(zone: String?)
        case hand
    }

    /// What made the rule that decided, by the names of the table and the chains beside it:
    /// other rules on the machine may be somebody else's.
    func maker(at decision: FirewallOutcome.Decision) -> Maker {
        let table = decision.place.table
        let names = table.chains.keys
        if names.contains("ufw-user-input") || names.contains("ufw6-user-input") { return .ufw }
        let isFirewalld =
            table.tool == .nftables
            ? table.name == "firewalld"
            : table.name == "filter" && names.contains { $0.hasPrefix("IN_") }
        if isFirewalld { return .firewalld(zone: Self.zone(decision.rule)) }
        let isLeftAlone =
            table.family == "ip6" && table.name == "filter" && decision.place.chain.drops
            && tables.contains { $0.family == "ip" && $0.chains["ufw-user-input"] != nil }
        return isLeftAlone ? .ufwWithoutIPv6 : .hand
    }

    /// firewalld calls the chains of a zone `IN_public` and `IN_public_allow`, on nftables with
    /// `filter_` before.
    private static func zone(_ rule: String) -> String? {
        let words = rule.split { " ,()".contains($0) }
        for word in words {
            var name = word.hasPrefix("filter_") ? word.dropFirst(7) : word
            guard name.hasPrefix("IN_"), !name.hasPrefix("IN_policy_") else { continue }
            name = name.dropFirst(3)
            for end in ["_pre", "_log", "_deny", "_allow", "_post"] where name.hasSuffix(end) {
                name = name.dropLast(end.count)
                break
            }
            let isPlain = name.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x61...0x7a).contains($0 | 0x20)
                    || "-_".utf8.contains($0)
            }
            if isPlain, !name.isEmpty { return String(name) }
        }
        return nil
    }
}
