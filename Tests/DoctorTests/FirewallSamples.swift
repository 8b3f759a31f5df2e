import Primitives

@testable import Doctor

/// Rule sets as the tools print them, and questions to them.
enum FirewallSamples {
    static let address = IPAddress(198, 51, 100, 1)
    static let relayPorts = PortSet([49_152...65_535])

    /// A table of nftables with a chain at input and its rules, each the `expr` of one.
    static func nftables(
        policy: String = "drop", _ rules: [String], sets: String = "", more: String = ""
    ) -> String {
        let head = """
            {"nftables": [{"metainfo": {"version": "1.0.6", "json_schema_version": 1}},
             {"table": {"family": "inet", "name": "filter", "handle": 1}}, \(sets)
             {"chain": {"family": "inet", "table": "filter", "name": "input", "handle": 1,
              "type": "filter", "hook": "input", "prio": 0, "policy": "\(policy)"}}
            """
        let list = rules.enumerated().map { number, expression in
            """
            , {"rule": {"family": "inet", "table": "filter", "chain": "input",
               "handle": \(number + 5), "expr": [\(expression)]}}
            """
        }
        return head + list.joined() + more + "]}"
    }

    static let accept = #"{"accept": null}"#
    static let drop = #"{"drop": null}"#

    static func port(_ right: String, _ name: String = "udp", _ operation: String = "==") -> String
    {
        #"{"match": {"op": "\#(operation)", "left": {"payload": {"protocol": "\#(name)", "#
            + #""field": "dport"}}, "right": \#(right)}}"#
    }

    static func meta(_ key: String, _ right: String, _ operation: String = "==") -> String {
        #"{"match": {"op": "\#(operation)", "left": {"meta": {"key": "\#(key)"}}, "#
            + #""right": \#(right)}}"#
    }

    static let established =
        #"{"match": {"op": "in", "left": {"ct": {"key": "state"}}, "#
        + #""right": ["established", "related"]}}, {"accept": null}"#

    static func source(_ right: String, _ operation: String = "==") -> String {
        #"{"match": {"op": "\#(operation)", "left": {"payload": {"protocol": "ip", "#
            + #""field": "saddr"}}, "right": \#(right)}}"#
    }

    static func read(nftables text: String) throws -> FirewallRuleset {
        try NftablesReader(Array(text.utf8)).ruleset
    }

    static func read(iptables text: String) -> FirewallRuleset {
        FirewallRuleset(tables: IptablesReader(text, family: .ipv4).tables)
    }
}

extension FirewallRuleset {
    /// What becomes of the first packets of a client to these ports, in few words.
    func verdict(
        _ transport: String, _ ports: PortSet, interface: String? = "eth0",
        address: IPAddress = FirewallSamples.address
    ) -> String {
        let packet = FirewallPacket(
            transport: transport, destination: address, interface: interface)
        let outcome = judge(packet, ports)
        let parts = [
            ("drops", outcome.dropped), ("restricts", outcome.restricted),
            ("unclear", outcome.unclear),
        ].flatMap { word, decisions in decisions.map { "\(word) \($0.ports)" } }
        return parts.isEmpty ? "passes" : parts.joined(separator: "; ")
    }
}
