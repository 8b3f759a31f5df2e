import Primitives

/// What connection tracking says of a packet (nft(8), `ct state`).
enum TrackingState: String, Sendable, Hashable {
    case new
    case established
    case related
    case invalid
    case untracked
}

/// One condition of a rule, as far as the model knows them.
enum FirewallMatch: Sendable, Hashable {
    /// Names of IP protocols, lower case.
    case protocols(Set<String>, isNegated: Bool)
    case family(AddressFamily)
    /// Destination ports; the protocol is nil where any with ports will do.
    case ports(PortSet, protocol: String?)
    /// Incoming interfaces; a star at the end stands for any rest.
    case interfaces([String], isNegated: Bool)
    /// Whether nearly every client is meant, or only some.
    case source(isNearlyAll: Bool)
    case destination([AddressRange], isNegated: Bool)
    case states(Set<TrackingState>, isNegated: Bool)
    /// Every packet that begins a conversation with this machine is like that, or none.
    case always
    case never
    /// Beyond the model.
    case unclear
}

/// What a rule does with a packet that fits it.
enum FirewallVerdict: Sendable, Hashable {
    /// Counts, logs or marks; the next rule goes on.
    case none
    case accept
    case drop
    case jump(String)
    case goto(String)
    case `return`
    /// Connection tracking does not look at it.
    case untrack
    /// Sends it elsewhere, or asks a program.
    case unclear
}

/// One rule, in the order of its chain.
struct FirewallRule: Sendable, Hashable {
    var matches: [FirewallMatch] = []
    var verdict = FirewallVerdict.none
    /// As its tool writes it, for people.
    var text: String

    /// Which of `ports` it is about, and how surely.
    func scope(_ packet: FirewallPacket, _ ports: PortSet) -> (ports: PortSet, certainty: Certainty)
    {
        var left = ports
        var certainty = Certainty.all
        for match in matches {
            switch match.judge(packet) {
            case .no: return (PortSet(), .all)
            case .yes: break
            case .ports(let set): left = left.intersection(set)
            case .some: certainty = max(certainty, .some)
            case .unclear: certainty = .unclear
            }
        }
        return (left, certainty)
    }

    /// Whose packets a rule is about.
    enum Certainty: Int, Comparable {
        case all
        /// Only those of some clients.
        case some
        case unclear

        static func < (a: Certainty, b: Certainty) -> Bool { a.rawValue < b.rawValue }
    }
}

/// The first packet of a client from outside to an address of this machine.
struct FirewallPacket: Sendable, Hashable {
    /// `udp` or `tcp`.
    var transport: String
    var destination: IPAddress
    /// Nil where it is not known: every rule with an interface is unclear then.
    var interface: String?
    var state = TrackingState.new
}

extension FirewallMatch {
    enum Answer {
        case no
        case yes
        case ports(PortSet)
        case some
        case unclear
    }

    func judge(_ packet: FirewallPacket) -> Answer {
        switch self {
        case .protocols(let names, let isNegated):
            names.contains(packet.transport) != isNegated ? .yes : .no
        case .family(let family): family == packet.destination.family ? .yes : .no
        case .ports(let set, let transport):
            transport == nil || transport == packet.transport ? .ports(set) : .no
        case .interfaces(let patterns, let isNegated): judge(patterns, isNegated, packet.interface)
        case .source(let isNearlyAll): isNearlyAll ? .yes : .some
        case .destination(let ranges, let isNegated):
            ranges.contains { $0.contains(packet.destination) } != isNegated ? .yes : .no
        case .states(let states, let isNegated):
            states.contains(packet.state) != isNegated ? .yes : .no
        case .always: .yes
        case .never: .no
        case .unclear: .unclear
        }
    }

    private func judge(
        _ patterns: [String], _ isNegated: Bool, _ interface: String?
    ) -> Answer {
        // Whatever the interface is called, nobody comes from outside through this one.
        if interface == nil { return patterns == ["lo"] ? (isNegated ? .yes : .no) : .unclear }
        let isMeant = patterns.contains { pattern in
            pattern.last == "*"
                ? interface?.hasPrefix(pattern.dropLast()) == true : pattern == interface
        }
        return isMeant != isNegated ? .yes : .no
    }
}
