import Primitives
import Testing

@testable import Doctor

/// What people are told to type, by who keeps the rule that decided.
@Suite struct FirewallMenderTests {
    typealias Samples = FirewallSamples

    private func commands(
        _ ruleset: FirewallRuleset, _ address: IPAddress = Samples.address
    ) -> [String] {
        let packet = FirewallPacket(transport: "udp", destination: address, interface: "eth0")
        let outcome = ruleset.judge(packet, PortSet([3_478] as [UInt16]))
        return outcome.dropped.flatMap {
            FirewallMender(maker: ruleset.maker(at: $0)).commands($0, "udp")
        }
    }

    private static let ufw = "*filter\n:INPUT DROP [0:0]\n:ufw-user-input - [0:0]\nCOMMIT\n"

    @Test func ufw() {
        #expect(commands(Samples.read(iptables: Self.ufw)) == ["ufw allow 3478/udp"])
        #expect(
            commands(Samples.read(ip6tables: Samples.ufw6()), Samples.address6)
                == ["ufw allow 3478/udp"])
    }

    @Test func ufwThatLeavesIPv6Alone() {
        var ruleset = Samples.read(iptables: Self.ufw)
        let six = """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            -A INPUT -i lo -j ACCEPT
            COMMIT
            """
        let own = "ip6tables -I INPUT -p udp --dport 3478 -j ACCEPT"
        #expect(commands(Samples.read(ip6tables: six), Samples.address6) == [own])
        ruleset.tables += Samples.read(ip6tables: six).tables
        #expect(
            commands(ruleset, Samples.address6) == [
                "sed -i 's/^IPV6=.*/IPV6=yes/' /etc/default/ufw", "ufw reload",
                "ufw allow 3478/udp",
            ])
        #expect(FirewallMender(maker: .ufwWithoutIPv6).advice.contains("IPV6=yes"))
    }

    @Test func firewalldOpensInTheZoneThatDecided() throws {
        let open = [
            "firewall-cmd --permanent --zone=public --add-port=3478/udp", "firewall-cmd --reload",
        ]
        #expect(commands(try Samples.read(nftables: Samples.firewalld())) == open)
        #expect(commands(Samples.read(iptables: Samples.firewalldIptables())) == open)
        let deny = "\(Samples.port("3478")), \(Samples.drop)"
        #expect(commands(try Samples.read(nftables: Samples.firewalld(open: [deny]))) == open)
        let text = Samples.firewalldIptables().replacing(
            "-A IN_public -j REJECT --reject-with icmp-host-prohibited\n", with: "")
        #expect(
            commands(Samples.read(iptables: text)) == [
                "firewall-cmd --permanent --add-port=3478/udp", "firewall-cmd --reload",
            ])
    }

    @Test func rulesOfSomebodyElseAreMendedWhereTheyAre() throws {
        var ruleset = Samples.read(
            iptables: Self.ufw.replacing(
                "COMMIT", with: "-A INPUT -p udp -j ACCEPT\nCOMMIT"))
        ruleset.tables += try Samples.read(nftables: Samples.nftables([])).tables
        #expect(commands(ruleset) == ["nft insert rule inet filter input udp dport 3478 accept"])
        let raw = "*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p udp -j DROP\nCOMMIT\n"
        let both = Samples.read(iptables: raw + Self.ufw)
        #expect(
            commands(both)
                == ["iptables -t raw -I PREROUTING -p udp --dport 3478 -j ACCEPT"])
    }
}
