import Primitives

/// Where in a packet's way a chain hangs; others are not looked at.
enum FirewallHook: Int, Sendable, Comparable {
    case prerouting
    case input

    static func < (a: FirewallHook, b: FirewallHook) -> Bool { a.rawValue < b.rawValue }
}

/// A chain with its rules.
struct FirewallChain: Sendable, Hashable {
    var name: String
    /// Nil for a chain that others jump to.
    var hook: FirewallHook?
    var priority = 0
    var drops = false
    var rules: [FirewallRule] = []
}

/// The chains of one table, in a family of addresses or both.
struct FirewallTable: Sendable, Hashable {
    enum Tool: Sendable, Hashable {
        case nftables
        case iptables
    }

    var tool: Tool
    /// `inet`, `ip` or `ip6`.
    var family: String
    var name: String
    var chains: [String: FirewallChain] = [:]

    func holds(_ addresses: AddressFamily) -> Bool {
        family == "inet" || family == (addresses == .ipv4 ? "ip" : "ip6")
    }
}

/// A chain that hangs in the way of packets, with the table it is in.
struct FirewallPlace: Sendable, Hashable {
    var table: FirewallTable
    var chain: FirewallChain
}

/// All rules that were read.
struct FirewallRuleset: Sendable, Hashable {
    var tables: [FirewallTable] = []
    /// What was seen and is not judged, in words.
    var unread: [String] = []

    /// Whether any chain stands in the way at all.
    var isEmpty: Bool {
        tables.allSatisfy { $0.chains.values.allSatisfy { $0.hook == nil } }
    }

    /// The chains that a packet to this machine passes, in its order.
    func places(_ family: AddressFamily) -> [FirewallPlace] {
        let found = tables.filter { $0.holds(family) }.flatMap { table in
            table.chains.values.filter { $0.hook != nil }.map {
                FirewallPlace(table: table, chain: $0)
            }
        }
        return found.sorted { a, b in
            let (first, second) = (a.chain, b.chain)
            return (first.hook ?? .input, first.priority, first.name)
                < (second.hook ?? .input, second.priority, second.name)
        }
    }
}
