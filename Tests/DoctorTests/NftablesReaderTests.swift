import Primitives
import Testing

@testable import Doctor

@Suite struct NftablesReaderTests {
    typealias Samples = FirewallSamples

    private let ports = PortSet([3_478, 50_000] as [UInt16])

    private func verdict(
        _ rules: [String], policy: String = "drop", sets: String = "", more: String = "",
        _ transport: String = "udp", interface: String? = "eth0"
    ) throws -> String {
        let text = Samples.nftables(policy: policy, rules, sets: sets, more: more)
        return try Samples.read(nftables: text)
            .verdict(transport, ports, interface: interface)
    }

    @Test func thePolicyDecidesLast() throws {
        #expect(try verdict([]) == "drops 3478, 50000")
        #expect(try verdict([], policy: "accept") == "passes")
        // What answers an established conversation says nothing of who begins one.
        #expect(try verdict([Samples.established]) == "drops 3478, 50000")
    }

    @Test func theFirstRuleThatFitsDecides() throws {
        let open = Samples.port(#"{"set": [3478, {"range": [49152, 65535]}]}"#)
        #expect(try verdict([open + "," + Samples.accept]) == "passes")
        #expect(try verdict([open + "," + Samples.drop], policy: "accept") == "drops 3478, 50000")
        let one = Samples.port("3478") + "," + Samples.accept
        #expect(try verdict([one]) == "drops 50000")
        #expect(try verdict([one, open + "," + Samples.drop]) == "drops 50000")
        #expect(try verdict([one], "tcp") == "drops 3478, 50000")
    }

    @Test(arguments: [
        ("==", "50000", "drops 3478"), ("!=", "50000", "drops 50000"),
        (">=", "4000", "drops 3478"), ("<", "4000", "drops 50000"),
        ("<=", "3478", "drops 50000"), (">", "65535", "drops 3478, 50000"),
    ])
    func comparisons(operation: String, right: String, expected: String) throws {
        let rule = Samples.port(right, "udp", operation) + "," + Samples.accept
        #expect(try verdict([rule]) == expected)
    }

    @Test func rejectAndCountersAndLogs() throws {
        let counter = #"{"counter": {"packets": 1, "bytes": 2}}, {"log": {"prefix": "a"}}"#
        let reject = #"{"reject": {"type": "icmpx", "expr": "admin-prohibited"}}"#
        let rule = "\(counter), \(Samples.port("3478")), \(reject)"
        #expect(try verdict([rule], policy: "accept") == "drops 3478")
    }

    @Test func interfacesAndProtocols() throws {
        #expect(
            try verdict([Samples.meta("iif", "\"lo\"") + "," + Samples.accept])
                == "drops 3478, 50000")
        #expect(
            try verdict([Samples.meta("iifname", "\"eth*\"") + "," + Samples.accept])
                == "passes")
        #expect(
            try verdict(
                [Samples.meta("iifname", "\"eth*\"") + "," + Samples.accept], interface: nil)
                == "unclear 3478, 50000")
        #expect(
            try verdict([
                Samples.meta("l4proto", #"{"set": ["tcp", "udp"]}"#) + ","
                    + Samples.accept
            ]) == "passes")
        #expect(
            try verdict([Samples.meta("nfproto", "\"ipv6\"") + "," + Samples.accept])
                == "drops 3478, 50000")
    }

    @Test func whoMayComeIsToldApart() throws {
        let office = Samples.source(#"{"prefix": {"addr": "10.0.0.0", "len": 8}}"#)
        #expect(try verdict([office + "," + Samples.accept]) == "restricts 3478, 50000")
        #expect(try verdict([office + "," + Samples.drop], policy: "accept") == "passes")
        let others = Samples.source(#"{"prefix": {"addr": "10.0.0.0", "len": 8}}"#, "!=")
        #expect(
            try verdict([others + "," + Samples.drop], policy: "accept")
                == "drops 3478, 50000")
    }

    @Test func namedSetsAndVerdictMaps() throws {
        let set = """
            {"set": {"family": "inet", "name": "open", "table": "filter", "type": "inet_service",
             "handle": 5, "flags": ["interval"], "elem": [3478, {"range": [49152, 65535]}]}},
            """
        #expect(
            try verdict([Samples.port("\"@open\"") + "," + Samples.accept], sets: set)
                == "passes")
        #expect(
            try verdict([Samples.port("\"@none\"") + "," + Samples.accept])
                == "unclear 3478, 50000")
        let map = """
            {"vmap": {"key": {"payload": {"protocol": "udp", "field": "dport"}}, "data": {"set":
             [[3478, {"accept": null}], [50000, {"jump": {"target": "media"}}]]}}}
            """
        let media = """
            , {"chain": {"family": "inet", "table": "filter", "name": "media", "handle": 9}},
              {"rule": {"family": "inet", "table": "filter", "chain": "media", "handle": 10,
               "expr": [{"return": null}]}}
            """
        #expect(try verdict([map], more: media) == "drops 50000")
    }

    @Test func whatIsBeyondTheModelIsUnclear() throws {
        let limit = #"{"limit": {"rate": 10, "burst": 5, "per": "second"}}"#
        #expect(
            try verdict(["\(Samples.port("3478")), \(limit), \(Samples.accept)"])
                == "unclear 3478; drops 50000"
                || verdict(["\(Samples.port("3478")), \(limit), \(Samples.accept)"])
                    == "drops 50000; unclear 3478"
        )
        let mark =
            #"{"match": {"op": "==", "left": {"&": [{"meta": {"key": "mark"}}, 255]}, "right": 3}}"#
        #expect(
            try verdict(["\(mark), \(Samples.drop)"], policy: "accept")
                == "unclear 3478, 50000")
        // An earlier rule that lets it in for sure makes it clear.
        let open = Samples.meta("l4proto", "\"udp\"") + "," + Samples.accept
        #expect(try verdict([open, "\(mark), \(Samples.drop)"]) == "passes")
        #expect(try verdict([#"{"queue": {"num": 3}}"#]) == "unclear 3478, 50000")
    }

    @Test func untrackedPacketsPassByPortAlone() throws {
        let raw = """
            , {"table": {"family": "inet", "name": "raw", "handle": 2}},
              {"chain": {"family": "inet", "table": "raw", "name": "pre", "handle": 1,
               "type": "filter", "hook": "prerouting", "prio": -300, "policy": "accept"}},
              {"rule": {"family": "inet", "table": "raw", "chain": "pre", "handle": 3,
               "expr": [\(Samples.port("50000")), {"notrack": null}]}}
            """
        let new = #"{"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": "new"}}"#
        #expect(try verdict(["\(new), \(Samples.accept)"], more: raw) == "drops 50000")
        #expect(try verdict(["\(new), \(Samples.accept)"]) == "passes")
    }

    @Test func loopsOfChainsEnd() throws {
        let loop = """
            , {"chain": {"family": "inet", "table": "filter", "name": "a", "handle": 9}},
              {"rule": {"family": "inet", "table": "filter", "chain": "a", "handle": 10,
               "expr": [{"jump": {"target": "a"}}]}}
            """
        #expect(try verdict([#"{"jump": {"target": "a"}}"#], more: loop) == "unclear 3478, 50000")
    }

    @Test func aRuleIsNamedAsPeopleWriteIt() throws {
        let text = Samples.nftables(policy: "accept", [Samples.port("50000") + "," + Samples.drop])
        let packet = FirewallPacket(
            transport: "udp", destination: Samples.address, interface: "eth0")
        let dropped = try Samples.read(nftables: text).judge(packet, ports).dropped
        #expect(
            dropped.map(\.rule)
                == ["udp dport 50000 drop (table inet filter, chain input, handle 5)"])
    }

    @Test(arguments: [
        "", "{", "[]", "{}", #"{"nftables": 3}"#, #"{"nftables": [{"table": {}}, {"chain": 3}]}"#,
        #"{"nftables": [{"table": {"family": "ip", "name": "a"}}, {"chain": {"family": "ip", "#
            + #""table": "a", "name": "b", "hook": "input", "prio": 99999999999999999999}}]}"#,
        #"{"nftables": [{"table": {"family": "ip", "name": "a"}}, {"chain": {"family": "ip", "#
            + #""table": "a", "name": "b", "hook": "input", "prio": 0}}, {"rule": {"family": "#
            + #""ip", "table": "a", "chain": "b", "expr": [[], 3, {}, {"match": 3}, {"vmap": "#
            + #"{"key": {}, "data": {"set": [3, [], [1, 2], [1, {}]]}}}]}}]}"#,
    ])
    func hostileTextDoesNotTrap(text: String) {
        let ruleset = try? Samples.read(nftables: text)
        _ = ruleset?.verdict("udp", .all)
    }

    @Test func everyCutOfATextIsSurvived() throws {
        let rules = [
            Samples.established, Samples.port(#"{"range": [65535, 0]}"#) + "," + Samples.drop,
            Samples.port("70000") + "," + Samples.accept,
            Samples.source("\"no address\"") + ","
                + Samples.drop,
        ]
        let bytes = Array(Samples.nftables(rules).utf8)
        for count in stride(from: 0, to: bytes.count, by: 7) {
            _ = try? NftablesReader(Array(bytes.prefix(count))).ruleset.verdict("tcp", .all)
        }
        #expect(try NftablesReader(bytes).ruleset.tables.count == 1)
    }
}
