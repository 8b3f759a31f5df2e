import Primitives

/// What the rules do with the first packets to some ports.
struct FirewallOutcome: Sendable, Hashable {
    /// Ports with the rule, or the policy, that decides about them.
    struct Decision: Sendable, Hashable {
        var ports: PortSet
        var rule: String
        var place: FirewallPlace
    }

    var dropped: [Decision] = []
    /// Open for some clients only.
    var restricted: [Decision] = []
    /// A rule that the model cannot judge.
    var unclear: [Decision] = []
}

extension FirewallRuleset {
    /// Sends a packet to each of `ports` through every chain.
    func judge(_ packet: FirewallPacket, _ ports: PortSet) -> FirewallOutcome {
        var outcome = FirewallOutcome()
        var left = ports
        var untracked = PortSet()
        for place in places(packet.destination.family) {
            var other = packet
            other.state = .untracked
            for (packet, part) in [
                (packet, left.subtracting(untracked)), (other, left.intersection(untracked)),
            ] where !part.isEmpty {
                var walk = FirewallWalk(place: place, packet: packet)
                walk.pass(part)
                outcome.dropped += walk.dropped
                outcome.restricted += walk.restricted
                outcome.unclear += walk.unclear
                untracked = untracked.union(walk.untracked)
                for decision in walk.dropped + walk.restricted + walk.unclear {
                    left = left.subtracting(decision.ports)
                }
            }
        }
        return outcome
    }
}

/// One packet on its way through one chain and those that it jumps to.
struct FirewallWalk {
    typealias Decision = FirewallOutcome.Decision

    let place: FirewallPlace
    let packet: FirewallPacket
    private(set) var dropped: [Decision] = []
    private(set) var restricted: [Decision] = []
    private(set) var unclear: [Decision] = []
    private(set) var untracked = PortSet()
    private var acceptedBySome: [Decision] = []
    private var acceptedPerhaps: [Decision] = []
    private var droppedPerhaps: [Decision] = []
    private var accepted = PortSet()
    private var steps = 0

    /// The kernel allows 16 jumps (nft(8)).
    private static let depthMax = 16
    /// Rules that are looked at for one packet; above that nothing is said.
    private static let stepsMax = 200_000

    init(place: FirewallPlace, packet: FirewallPacket) {
        self.place = place
        self.packet = packet
    }

    mutating func pass(_ ports: PortSet) {
        let left = walk(place.chain, ports, depth: 0)
        guard steps <= Self.stepsMax else {
            dropped = []
            return unclear = [decision(ports, "more rules than are looked at here")]
        }
        if place.chain.drops, !left.isEmpty {
            dropped.append(decision(left, "policy drop"))
        } else {
            accepted = accepted.union(left)
        }
        settle()
    }

    /// What was dropped for sure stays dropped only where no rule before it could have accepted.
    private mutating func settle() {
        var sure: [Decision] = []
        for drop in dropped {
            var ports = drop.ports
            for perhaps in acceptedPerhaps {
                let both = ports.intersection(perhaps.ports)
                guard !both.isEmpty else { continue }
                unclear.append(decision(both, perhaps.rule))
                ports = ports.subtracting(both)
            }
            for some in acceptedBySome {
                let both = ports.intersection(some.ports)
                guard !both.isEmpty else { continue }
                restricted.append(decision(both, some.rule))
                ports = ports.subtracting(both)
            }
            if !ports.isEmpty { sure.append(decision(ports, drop.rule)) }
        }
        dropped = sure
        for perhaps in droppedPerhaps {
            let both = accepted.intersection(perhaps.ports)
            guard !both.isEmpty else { continue }
            unclear.append(decision(both, perhaps.rule))
            accepted = accepted.subtracting(both)
        }
    }

    private func decision(_ ports: PortSet, _ rule: String) -> Decision {
        Decision(ports: ports, rule: rule, place: place)
    }

    /// Returns the ports whose packets come out at the end of the chain.
    private mutating func walk(_ chain: FirewallChain, _ ports: PortSet, depth: Int) -> PortSet {
        var left = ports
        var fallen = PortSet()
        for rule in chain.rules where !left.isEmpty {
            steps += 1
            guard steps <= Self.stepsMax else { return PortSet() }
            let (scope, certainty) = rule.scope(packet, left)
            guard !scope.isEmpty else { continue }
            guard certainty == .all else {
                suppose(rule, scope, certainty, depth)
                continue
            }
            switch rule.verdict {
            case .none: continue
            case .untrack:
                untracked = untracked.union(scope)
                continue
            case .accept: accepted = accepted.union(scope)
            case .drop: dropped.append(decision(scope, rule.text))
            case .unclear: unclear.append(decision(scope, rule.text))
            case .return: fallen = fallen.union(scope)
            case .goto(let name): fallen = fallen.union(enter(name, scope, rule, depth))
            case .jump(let name):
                left = left.subtracting(scope).union(enter(name, scope, rule, depth))
                continue
            }
            left = left.subtracting(scope)
        }
        return left.union(fallen)
    }

    private mutating func enter(
        _ name: String, _ ports: PortSet, _ rule: FirewallRule, _ depth: Int
    ) -> PortSet {
        guard let chain = place.table.chains[name], depth < Self.depthMax else {
            unclear.append(decision(ports, rule.text))
            return PortSet()
        }
        return walk(chain, ports, depth: depth + 1)
    }

    /// A rule that is about some packets only, or about who knows which: the others go on.
    private mutating func suppose(
        _ rule: FirewallRule, _ ports: PortSet, _ certainty: FirewallRule.Certainty, _ depth: Int
    ) {
        var accepts = PortSet()
        var drops = PortSet()
        switch rule.verdict {
        case .none, .untrack, .return: return
        case .accept: accepts = ports
        case .drop: drops = ports
        case .unclear: (accepts, drops) = (ports, ports)
        case .jump(let name), .goto(let name):
            guard let chain = place.table.chains[name], depth < Self.depthMax else { return }
            var other = FirewallWalk(place: place, packet: packet)
            other.steps = steps
            _ = other.walk(chain, ports, depth: depth + 1)
            steps = other.steps
            accepts = other.accepted
            for decision in other.dropped { drops = drops.union(decision.ports) }
            for decision in other.unclear {
                accepts = accepts.union(decision.ports)
                drops = drops.union(decision.ports)
            }
        }
        if !accepts.isEmpty {
            let decision = decision(accepts, rule.text)
            if certainty == .some {
                acceptedBySome.append(decision)
            } else {
                acceptedPerhaps.append(decision)
            }
        }
        // Whom a list of addresses keeps out is the operator's business.
        if !drops.isEmpty, certainty == .unclear {
            droppedPerhaps.append(decision(drops, rule.text))
        }
    }
}
