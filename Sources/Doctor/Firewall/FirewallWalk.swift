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

    /// Each port once: what drops it for sure comes before whom it is open for, and that before
    /// what could not be judged.
    mutating func settle() {
        var told = dropped.reduce(into: PortSet()) { $0 = $0.union($1.ports) }
        let keep = { (decisions: [Decision]) -> [Decision] in
            decisions.compactMap { decision in
                var rest = decision
                rest.ports = decision.ports.subtracting(told)
                told = told.union(rest.ports)
                return rest.ports.isEmpty ? nil : rest
            }
        }
        restricted = keep(restricted)
        unclear = keep(unclear)
    }
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
                // What is open for some, or perhaps, may still be closed for all further on.
                left = left.subtracting(walk.diverted)
                for decision in walk.dropped { left = left.subtracting(decision.ports) }
            }
        }
        outcome.settle()
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
    /// Sent elsewhere, or perhaps: later chains see other ports, or nothing.
    private(set) var diverted = PortSet()
    private var acceptedBySome: [Decision] = []
    private var acceptedPerhaps: [Decision] = []
    private var droppedPerhaps: [Decision] = []
    private var droppedButSome: [Decision] = []
    private var accepted = PortSet()
    private var steps = 0

    /// Ports whose packets may have left a chain before its next rule.
    private struct Escape {
        var ports: PortSet
        var rule: String
        var certainty: FirewallRule.Certainty
    }

    /// The kernel allows 16 jumps (nft(8)).
    private static let depthMax = 16
    /// Rules that are looked at for one packet; above that nothing is said.
    private static let stepsMax = 200_000

    init(place: FirewallPlace, packet: FirewallPacket) {
        self.place = place
        self.packet = packet
    }

    mutating func pass(_ ports: PortSet) {
        let left = walk(place.chain, ports, depth: 0, [])
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
            unclear += take(acceptedPerhaps, from: &ports)
            restricted += take(acceptedBySome, from: &ports)
            if !ports.isEmpty { sure.append(decision(ports, drop.rule)) }
        }
        dropped = sure
        var open = accepted
        unclear += take(droppedPerhaps, from: &open)
        restricted += take(droppedButSome, from: &open)
        accepted = open
    }

    /// What these decisions have of `ports`, each port for the first that has it.
    private func take(_ decisions: [Decision], from ports: inout PortSet) -> [Decision] {
        decisions.compactMap { one in
            let both = ports.intersection(one.ports)
            guard !both.isEmpty else { return nil }
            ports = ports.subtracting(both)
            return decision(both, one.rule)
        }
    }

    private func decision(_ ports: PortSet, _ rule: String) -> Decision {
        Decision(ports: ports, rule: rule, place: place)
    }

    /// Returns the ports whose packets come out at the end of the chain.
    private mutating func walk(
        _ chain: FirewallChain, _ ports: PortSet, depth: Int, _ earlier: [Escape]
    ) -> PortSet {
        var left = ports
        var fallen = PortSet()
        var escapes = earlier
        for rule in chain.rules where !left.isEmpty {
            steps += 1
            guard steps <= Self.stepsMax else { return PortSet() }
            let (scope, certainty) = rule.scope(packet, left)
            guard !scope.isEmpty else { continue }
            guard certainty == .all else {
                if let escape = suppose(rule, scope, certainty, depth) { escapes.append(escape) }
                continue
            }
            switch rule.verdict {
            case .none: continue
            case .untrack:
                untracked = untracked.union(scope)
                continue
            case .accept: fallen = fallen.union(accept(scope, escapes))
            case .drop: fallen = fallen.union(drop(scope, rule, escapes))
            case .unclear:
                unclear.append(decision(scope, rule.text))
                diverted = diverted.union(scope)
            case .return: fallen = fallen.union(scope)
            case .goto(let name): fallen = fallen.union(enter(name, scope, rule, depth, escapes))
            case .jump(let name):
                left = left.subtracting(scope).union(enter(name, scope, rule, depth, escapes))
                continue
            }
            left = left.subtracting(scope)
        }
        return left.union(fallen)
    }

    private mutating func enter(
        _ name: String, _ ports: PortSet, _ rule: FirewallRule, _ depth: Int, _ escapes: [Escape]
    ) -> PortSet {
        guard let chain = place.table.chains[name], depth < Self.depthMax else {
            unclear.append(decision(ports, rule.text))
            return PortSet()
        }
        return walk(chain, ports, depth: depth + 1, escapes)
    }

    /// Returns the ports of which packets may have left before: they go on behind the chain.
    private mutating func accept(_ ports: PortSet, _ escapes: [Escape]) -> PortSet {
        var sure = ports
        // Whom a list of addresses sends another way is the operator's business.
        for escape in escapes where escape.certainty == .unclear {
            let both = sure.intersection(escape.ports)
            guard !both.isEmpty else { continue }
            acceptedPerhaps.append(decision(both, escape.rule))
            sure = sure.subtracting(both)
        }
        accepted = accepted.union(sure)
        return ports.subtracting(sure)
    }

    /// Returns the ports of which packets may have left before: they go on behind the chain.
    private mutating func drop(
        _ ports: PortSet, _ rule: FirewallRule, _ escapes: [Escape]
    ) -> PortSet {
        var sure = ports
        for escape in escapes.sorted(by: { $0.certainty > $1.certainty }) {
            let both = sure.intersection(escape.ports)
            guard !both.isEmpty else { continue }
            if escape.certainty == .some {
                droppedButSome.append(decision(both, rule.text))
            } else {
                droppedPerhaps.append(decision(both, escape.rule))
            }
            sure = sure.subtracting(both)
        }
        if !sure.isEmpty { dropped.append(decision(sure, rule.text)) }
        return ports.subtracting(sure)
    }

    /// A rule that is about some packets only, or about who knows which: the others go on.
    ///
    /// Returns what may leave the chain by it.
    private mutating func suppose(
        _ rule: FirewallRule, _ ports: PortSet, _ certainty: FirewallRule.Certainty, _ depth: Int
    ) -> Escape? {
        let whole = decision(ports, rule.text)
        switch rule.verdict {
        case .none, .untrack: return nil
        case .return: return Escape(ports: ports, rule: rule.text, certainty: certainty)
        case .accept: note(accepts: whole, certainty)
        case .drop: note(drops: whole, certainty)
        case .unclear:
            if certainty == .unclear { diverted = diverted.union(ports) }
            note(accepts: whole, certainty)
            note(drops: whole, certainty)
        case .jump(let name), .goto(let name):
            guard let chain = place.table.chains[name], depth < Self.depthMax else { return nil }
            var other = FirewallWalk(place: place, packet: packet)
            other.steps = steps
            let out = other.walk(chain, ports, depth: depth + 1, [])
            steps = other.steps
            if certainty == .unclear { diverted = diverted.union(other.diverted) }
            note(accepts: decision(other.accepted, rule.text), certainty)
            for each in other.acceptedBySome { note(accepts: each, certainty) }
            for each in other.acceptedPerhaps + other.unclear { note(accepts: each, .unclear) }
            let drops = other.dropped + other.droppedButSome + other.droppedPerhaps
            for each in drops + other.unclear {
                note(drops: decision(each.ports, rule.text), certainty)
            }
            if case .goto = rule.verdict, !out.isEmpty {
                return Escape(ports: out, rule: rule.text, certainty: certainty)
            }
        }
        return nil
    }

    private mutating func note(
        accepts decision: Decision, _ certainty: FirewallRule.Certainty
    ) {
        guard !decision.ports.isEmpty else { return }
        if certainty == .some {
            acceptedBySome.append(decision)
        } else {
            acceptedPerhaps.append(decision)
        }
    }

    /// Whom a list of addresses keeps out is the operator's business.
    private mutating func note(drops decision: Decision, _ certainty: FirewallRule.Certainty) {
        guard !decision.ports.isEmpty, certainty == .unclear else { return }
        droppedPerhaps.append(decision)
    }
}
