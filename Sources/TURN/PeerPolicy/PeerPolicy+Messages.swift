import Primitives

extension PeerPolicy {
    /// The cause of a denial in words, with the line that would allow the peer where one can,
    /// and the line that denies it where one does.
    package func cause(of denial: PeerDenial) -> String {
        guard denial.peerClass == .configured, Int(denial.entry) < settings.denied.count else {
            return denial.description
        }
        let line = settings.denied[Int(denial.entry)].source
        return "\(denial.subject) denied by \"\(line)\"; \(denial.opening)"
    }

    /// What the configuration opens beyond the default, for the log at start: one line for each
    /// rule and special block that overlap, at most 100 lines.
    package var openings: [String] {
        var lines: [String] = []
        if settings.forceLoopback { lines.append("loopback peers are open by force") }
        for rule in settings.allowed + settings.onLink.map({ PeerRule($0, source: "on-link") }) {
            for block in SpecialPurposeBlock.all {
                guard let common = block.range.intersection(rule.range) else { continue }
                guard lines.count < 100 else { return lines }
                // Rules that only brush "reserved" space as part of everything say enough once.
                guard block.peerClass != .reserved else { continue }
                let effect = block.peerClass.isHard ? "stays closed" : "is open"
                lines.append(
                    "\(block.peerClass.rawValue) \(common) \(effect) (\(rule.source))")
            }
        }
        return lines
    }
}

extension AddressRange {
    /// What both ranges hold; nil when that is nothing.
    fileprivate func intersection(_ other: AddressRange) -> AddressRange? {
        guard lower.family == other.lower.family else { return nil }
        return AddressRange(max(lower, other.lower), min(upper, other.upper))
    }
}

extension PeerDenial: CustomStringConvertible {
    /// The cause in words, with the line that would allow the peer where one can.
    package var description: String {
        switch peerClass {
        case .listener: return "\(address) is this server itself, outside the relay ports"
        case .ownAddress: return "it holds \(address), which is this server itself"
        case .configured: return "\(subject) denied by a denied-peer-ip line; \(opening)"
        case .broadcast where entry == .max:
            return "\(address) is the broadcast address of an interface"
        default:
            let block = SpecialPurposeBlock.all[Int(entry)]
            let what = "\(subject) \(peerClass.rawValue) (\(block.name), \(block.source))"
            return what + (peerClass.isHard ? "; no setting opens it" : "; \(opening)")
        }
    }

    fileprivate var subject: String {
        isEmbedded ? "it holds \(address), which is" : "\(address) is"
    }

    fileprivate var opening: String { "\"allowed-peer-ip=\(address)\" would allow it" }
}
