import Primitives

@testable import Doctor

/// What firewalld and ufw put into the kernel, shortened to what decides.
extension FirewallSamples {
    static let address6 = IPAddress("2001:db8::1") ?? address

    /// firewalld on nftables with the zone `public`, in which `open` are its own rules.
    static func firewalld(open: [String] = []) -> String {
        let tracking: (String) -> String = { #"{"ct": {"key": "\#($0)"}}"# }
        let rules: [(chain: String, expressions: String)] =
            [
                (
                    "filter_PREROUTING",
                    #"{"match": {"op": "==", "left": {"payload": {"protocol": "icmpv6", "field": "#
                        + #""type"}}, "right": {"set": ["nd-router-advert"]}}}, {"accept": null}"#
                ),
                (
                    "filter_PREROUTING",
                    meta("nfproto", "\"ipv6\"")
                        + #", {"match": {"op": "==", "left": {"fib": {"result": "oif", "flags": "#
                        + #"["saddr", "mark", "iif"]}}, "right": false}}, {"drop": null}"#
                ),
                (
                    "filter_INPUT",
                    match(tracking("state"), #"{"set": ["established", "related"]}"#) + "," + accept
                ),
                ("filter_INPUT", match(tracking("status"), "\"dnat\"", "in") + "," + accept),
                ("filter_INPUT", meta("iifname", "\"lo\"") + "," + accept),
                ("filter_INPUT", match(tracking("state"), "\"invalid\"", "in") + "," + drop),
                ("filter_INPUT", #"{"jump": {"target": "filter_INPUT_ZONES"}}"#),
                ("filter_INPUT", reject),
                ("filter_INPUT_ZONES", #"{"goto": {"target": "filter_IN_public"}}"#),
                ("filter_IN_public", #"{"jump": {"target": "filter_IN_public_allow"}}"#),
                (
                    "filter_IN_public",
                    meta("l4proto", #"{"set": ["icmp", "ipv6-icmp"]}"#) + "," + accept
                ),
                ("filter_IN_public", reject),
            ] + open.map { ("filter_IN_public_allow", $0) }
        let names = ["filter_INPUT_ZONES", "filter_IN_public", "filter_IN_public_allow"]
        return ruleset(
            table: "firewalld",
            chains: [("filter_PREROUTING", "prerouting", 10), ("filter_INPUT", "input", 10)],
            jumped: names, rules: rules)
    }

    static let reject = #"{"reject": {"type": "icmpx", "expr": "admin-prohibited"}}"#

    static func match(_ left: String, _ right: String, _ operation: String = "==") -> String {
        #"{"match": {"op": "\#(operation)", "left": \#(left), "right": \#(right)}}"#
    }

    /// A table of both families with accepting chains.
    static func ruleset(
        table: String, chains: [(name: String, hook: String, priority: Int)], jumped: [String],
        rules: [(chain: String, expressions: String)]
    ) -> String {
        let place = #""family": "inet", "table": "\#(table)""#
        let hooked = chains.map {
            #"{"chain": {\#(place), "name": "\#($0.name)", "type": "filter", "hook": "#
                + #""\#($0.hook)", "prio": \#($0.priority), "policy": "accept"}}"#
        }
        let others = jumped.map { #"{"chain": {\#(place), "name": "\#($0)"}}"# }
        let list = rules.map {
            #"{"rule": {\#(place), "chain": "\#($0.chain)", "handle": 7, "#
                + #""expr": [\#($0.expressions)]}}"#
        }
        let head = #"{"table": {"family": "inet", "name": "\#(table)"}}"#
        let entries = [head] + hooked + others + list
        return #"{"nftables": ["# + entries.joined(separator: ",\n") + "]}"
    }

    /// firewalld on iptables with the zone `public`.
    static func firewalldIptables(open: String = "") -> String {
        """
        *mangle
        :PREROUTING ACCEPT [0:0]
        -A PREROUTING -m rpfilter --validmark --invert -j DROP
        COMMIT
        *filter
        :INPUT ACCEPT [0:0]
        :INPUT_ZONES - [0:0]
        :IN_public - [0:0]
        :IN_public_allow - [0:0]
        -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT
        -A INPUT -i lo -j ACCEPT
        -A INPUT -j INPUT_ZONES
        -A INPUT -m conntrack --ctstate INVALID -j DROP
        -A INPUT -j REJECT --reject-with icmp-host-prohibited
        -A INPUT_ZONES -g IN_public
        -A IN_public -j IN_public_allow
        -A IN_public -p icmp -j ACCEPT
        -A IN_public -j REJECT --reject-with icmp-host-prohibited
        -A IN_public_allow -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW,UNTRACKED -j ACCEPT
        \(open)
        COMMIT
        """
    }

    /// ufw's rules for IPv6.
    static func ufw6(open: String = "") -> String {
        """
        *filter
        :INPUT DROP [0:0]
        :ufw6-before-input - [0:0]
        :ufw6-user-input - [0:0]
        :ufw6-user-limit - [0:0]
        :ufw6-user-limit-accept - [0:0]
        -A INPUT -j ufw6-before-input
        -A ufw6-before-input -i lo -j ACCEPT
        -A ufw6-before-input -m rt --rt-type 0 -j DROP
        -A ufw6-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        -A ufw6-before-input -p ipv6-icmp -m icmp6 --icmpv6-type 129 -j ACCEPT
        -A ufw6-before-input -m conntrack --ctstate INVALID -j DROP
        -A ufw6-before-input -s fe80::/10 -p udp -m udp --sport 547 --dport 546 -j ACCEPT
        -A ufw6-before-input -j ufw6-user-input
        \(open)
        -A ufw6-user-limit -j REJECT --reject-with icmp6-port-unreachable
        -A ufw6-user-limit-accept -j ACCEPT
        COMMIT
        """
    }

    static func read(ip6tables text: String) -> FirewallRuleset {
        FirewallRuleset(tables: IptablesReader(text, family: .ipv6).tables)
    }
}
