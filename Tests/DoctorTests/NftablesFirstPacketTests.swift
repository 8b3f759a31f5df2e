import Primitives
import Testing

@testable import Doctor

/// Conditions as `nft -j` of Debian 12 prints them, each before a drop.
@Suite struct NftablesFirstPacketTests {
    typealias Samples = FirewallSamples

    private let ports = PortSet([3_478] as [UInt16])

    private func verdict(
        _ condition: String, _ transport: String = "tcp", _ address: IPAddress = Samples.address
    ) throws -> String {
        let text = Samples.nftables(policy: "accept", ["\(condition), \(Samples.drop)"])
        return try Samples.read(nftables: text).verdict(transport, ports, address: address)
    }

    private static let flags = #"{"payload": {"protocol": "tcp", "field": "flags"}}"#
    private static let four = #"{"&": [\#(flags), ["fin", "syn", "rst", "ack"]]}"#
    private static let fib = #"{"fib": {"result": "oif", "flags": ["saddr", "mark", "iif"]}}"#
    private static let kind = #"{"fib": {"result": "type", "flags": ["saddr"]}}"#
    private static let limit = #"{"limit": {"rate": 10, "burst": 5, "per": "second", "inv": true}}"#

    @Test(arguments: [
        (#"{"ct": {"key": "status"}}"#, "in", "\"dnat\"", "passes"),
        (#"{"ct": {"key": "status"}}"#, "!=", "\"dnat\"", "drops 3478"),
        (#"{"ct": {"key": "status"}}"#, "in", #"["snat", "dnat"]"#, "passes"),
        (#"{"ct": {"key": "status"}}"#, "in", "\"newer\"", "unclear 3478"),
        (#"{"ct": {"key": "direction"}}"#, "==", "\"original\"", "drops 3478"),
        (#"{"ct": {"key": "mark"}}"#, "==", "3", "unclear 3478"),
        (fib, "==", "false", "passes"), (fib, "==", "true", "drops 3478"),
        (fib, "!=", "false", "drops 3478"), (fib, "==", "\"eth0\"", "unclear 3478"),
        (kind, "==", "\"local\"", "passes"), (kind, "!=", "\"unicast\"", "passes"),
        (#"{"fib": {"result": "type", "flags": ["daddr"]}}"#, "!=", "\"local\"", "passes"),
        (#"{"exthdr": {"name": "rt", "field": "type"}}"#, "==", "0", "passes"),
        (#"{"exthdr": {"name": "frag"}}"#, "==", "true", "passes"),
        (#"{"exthdr": {"name": "frag"}}"#, "==", "false", "drops 3478"),
        (four, "!=", "\"syn\"", "passes"), (four, "==", "\"syn\"", "drops 3478"),
        (four, "==", #"["fin", "syn"]"#, "passes"),
        (four, "==", #"{"|": ["fin", "syn"]}"#, "passes"),
        (four, "==", #"{"set": ["syn", ["syn", "ack"]]}"#, "drops 3478"),
        (flags, "in", "\"syn\"", "drops 3478"), (flags, "in", #"["fin", "rst"]"#, "passes"),
        (flags, "!", #"["fin", "syn", "rst", "psh", "ack", "urg"]"#, "passes"),
        (#"{"&": [\#(flags), ["fin", "rst"]]}"#, "==", "0", "drops 3478"),
        (#"{"tcp option": {"name": "maxseg", "field": "size"}}"#, "<", "500", "unclear 3478"),
    ])
    func conditions(left: String, operation: String, right: String, expected: String) throws {
        #expect(try verdict(Samples.match(left, right, operation)) == expected)
    }

    @Test func flagsAndOptionsAreOfTCPAlone() throws {
        let option = #"{"tcp option": {"name": "maxseg", "field": "size"}}"#
        #expect(try verdict(Samples.match(Self.four, "\"syn\"", "=="), "udp") == "passes")
        #expect(try verdict(Samples.match(option, "500", "<"), "udp") == "passes")
    }

    @Test(arguments: [
        ("ip", "saddr", "!=", #"{"prefix": {"addr": "10.0.0.0", "len": 8}}"#),
        ("ip", "protocol", "==", "\"tcp\""), ("ip6", "nexthdr", "==", "\"tcp\""),
        ("ip6", "saddr", "!=", #"{"prefix": {"addr": "fe80::", "len": 10}}"#),
        ("ip6", "daddr", "!=", "\"fe80::5\""), ("ip", "daddr", "!=", "\"10.0.0.5\""),
    ])
    func aTableForBothFamiliesHasRulesForOne(
        family: String, field: String, operation: String, right: String
    ) throws {
        let left = #"{"payload": {"protocol": "\#(family)", "field": "\#(field)"}}"#
        let condition = Samples.match(left, right, operation)
        let isFour = family == "ip"
        #expect(
            try verdict(condition, "tcp", Samples.address) == (isFour ? "drops 3478" : "passes"))
        #expect(
            try verdict(condition, "tcp", Samples.address6) == (isFour ? "passes" : "drops 3478"))
    }

    @Test func aPairOfFieldsIsOfItsFamilyAndProtocol() throws {
        let pair =
            #"{"concat": [{"payload": {"protocol": "ip", "field": "saddr"}}, "#
            + #"{"payload": {"protocol": "tcp", "field": "dport"}}]}"#
        let condition = Samples.match(pair, #"{"set": [{"concat": ["1.2.3.4", 80]}]}"#)
        #expect(try verdict(condition) == "unclear 3478")
        #expect(try verdict(condition, "udp") == "passes")
        #expect(try verdict(condition, "tcp", Samples.address6) == "passes")
    }

    @Test(arguments: [
        #"{"meter": {"key": {"payload": {"protocol": "ip", "field": "saddr"}}, "stmt": "#
            + #"\#(limit), "size": 65535, "name": "flood"}}"#,
        #"{"set": {"op": "add", "elem": {"payload": {"protocol": "ip", "field": "saddr"}}, "#
            + #""set": "@flood", "stmt": [\#(limit)]}}"#,
        #"{"set": {"op": "add", "elem": {"payload": {"protocol": "ip", "field": "saddr"}}, "#
            + #""set": "@many", "stmt": [{"ct count": {"val": 30, "inv": true}}]}}"#,
    ])
    func aBoundForEachAddressIsNoDropForEveryone(statement: String) throws {
        #expect(try verdict("\(Samples.port("3478", "tcp")), \(statement)") == "unclear 3478")
        let plain = #"{"set": {"op": "add", "elem": {"meta": {"key": "mark"}}, "set": "@a"}}"#
        #expect(try verdict("\(Samples.port("3478", "tcp")), \(plain)") == "drops 3478")
    }
}
