import Primitives
import Testing

@testable import Doctor

/// Rule sets as people have them: what is open, what is closed, and what cannot be told.
@Suite struct FirewallWalkTests {
    typealias Samples = FirewallSamples

    private let ports = PortSet([3_478, 50_000] as [UInt16])

    private func iptables(_ tables: String, _ transport: String = "tcp") -> String {
        Samples.read(iptables: tables).verdict(transport, ports)
    }

    private func input(_ rules: String, policy: String = "ACCEPT", more: String = "") -> String {
        "\(more)\n*filter\n:INPUT \(policy) [0:0]\n:SYNFLOOD - [0:0]\n:LATER - [0:0]\n"
            + "\(rules)\nCOMMIT\n"
    }

    @Test func aLimitThatReturnsIsNoDropForEveryone() {
        let flood = """
            -A SYNFLOOD -m limit --limit 25/sec --limit-burst 50 -j RETURN
            -A SYNFLOOD -j DROP
            -A INPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j SYNFLOOD

            """
        #expect(iptables(input(flood)) == "unclear 3478, 50000")
        #expect(iptables(input(flood), "udp") == "passes")
        // What closes the ports behind it closes them for sure.
        #expect(iptables(input(flood, policy: "DROP")) == "drops 3478, 50000")
        let open = "-A INPUT -p tcp -m tcp --dport 3478 -j ACCEPT"
        #expect(
            iptables(input(flood + open, policy: "DROP"))
                == "drops 50000; unclear 3478")
    }

    @Test func whoReturnsBeforeADropIsAmongSome() {
        let rules = { (target: String) in
            """
            -A INPUT -j SYNFLOOD
            -A SYNFLOOD -s 10.0.0.0/8 -j RETURN
            -A SYNFLOOD -j LATER
            -A LATER -j \(target)
            """
        }
        #expect(iptables(input(rules("DROP"))) == "restricts 3478, 50000")
        #expect(iptables(input(rules("DROP"), policy: "DROP")) == "drops 3478, 50000")
        #expect(iptables(input(rules("ACCEPT"), policy: "DROP")) == "passes")
    }

    @Test func anUncertainReturnBeforeAnAcceptIsUncertain() {
        let rules = """
            -A INPUT -j SYNFLOOD
            -A SYNFLOOD -m limit --limit 25/sec -j RETURN
            -A SYNFLOOD -j ACCEPT
            """
        #expect(iptables(input(rules, policy: "DROP")) == "unclear 3478, 50000")
        #expect(iptables(input(rules)) == "passes")
    }

    @Test func anUncertainJumpMayAcceptUncertainly() {
        let rules = """
            -A INPUT -m mark --mark 0x1 -j SYNFLOOD
            -A SYNFLOOD -m limit --limit 25/sec -j ACCEPT
            """
        #expect(iptables(input(rules, policy: "DROP")) == "unclear 3478, 50000")
        let away = "-A INPUT -s 10.0.0.0/8 -g SYNFLOOD\n-A INPUT -j DROP"
        #expect(iptables(input(away)) == "restricts 3478, 50000")
    }

    @Test func aCertainDropIsSeenBehindAnUncertainOne() {
        let mangle = """
            *mangle
            :PREROUTING ACCEPT [0:0]
            -A PREROUTING -m length --length 1000:65535 -j DROP
            -A PREROUTING -p tcp -m tcpmss ! --mss 536:65535 -j DROP
            COMMIT
            """
        let open = "-A INPUT -p tcp -m tcp --dport 3478 -j ACCEPT"
        #expect(
            iptables(input(open, policy: "DROP", more: mangle))
                == "drops 50000; unclear 3478")
        #expect(iptables(input(open, policy: "DROP")) == "drops 50000")
        // What is sent elsewhere is not judged by the rules for what it was.
        let nat = "*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j REDIRECT --to-ports 80\nCOMMIT"
        #expect(iptables(input("", policy: "DROP", more: nat)) == "unclear 3478, 50000")
    }

    @Test func openForSomeInOneChainAndClosedInTheNext() {
        let mangle = """
            *mangle
            :INPUT DROP [0:0]
            -A INPUT -s 10.0.0.0/8 -j ACCEPT
            COMMIT
            """
        #expect(iptables(input("", more: mangle)) == "restricts 3478, 50000")
        #expect(iptables(input("", policy: "DROP", more: mangle)) == "drops 3478, 50000")
    }

    @Test func firewalldOnNftables() throws {
        let closed = try Samples.read(nftables: Samples.firewalld())
        let new = Samples.match(#"{"ct": {"key": "state"}}"#, #"{"set": ["new", "untracked"]}"#)
        let rule = "\(Samples.port("3478")), \(new), \(Samples.accept)"
        let open = try Samples.read(nftables: Samples.firewalld(open: [rule]))
        for address in [Samples.address, Samples.address6] {
            #expect(closed.verdict("udp", ports, address: address) == "drops 3478, 50000")
            #expect(open.verdict("udp", ports, address: address) == "drops 50000")
        }
    }

    @Test func firewalldOnIptables() {
        #expect(iptables(Samples.firewalldIptables(), "udp") == "drops 3478, 50000")
        let rule =
            "-A IN_public_allow -p udp -m udp --dport 50000 -m conntrack "
            + "--ctstate NEW,UNTRACKED -j ACCEPT"
        #expect(iptables(Samples.firewalldIptables(open: rule), "udp") == "drops 3478")
    }

    @Test func ufwOnIPv6() {
        let verdict = { (rules: String, transport: String) in
            Samples.read(ip6tables: Samples.ufw6(open: rules))
                .verdict(transport, ports, address: Samples.address6)
        }
        let open = "-A ufw6-user-input -p udp -m udp --dport 3478 -j ACCEPT"
        #expect(verdict("", "udp") == "drops 3478, 50000")
        #expect(verdict(open, "udp") == "drops 50000")
        // `ufw limit 3478/tcp`.
        let limit = """
            -A ufw6-user-input -p tcp -m tcp --dport 3478 -m conntrack --ctstate NEW -m recent \
            --set --name DEFAULT --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource
            -A ufw6-user-input -p tcp -m tcp --dport 3478 -m conntrack --ctstate NEW -m recent \
            --update --seconds 30 --hitcount 6 --name DEFAULT --mask \
            ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource -j ufw6-user-limit
            -A ufw6-user-input -p tcp -m tcp --dport 3478 -j ufw6-user-limit-accept
            """
        #expect(verdict(limit, "tcp") == "drops 50000; unclear 3478")
    }
}
