import Primitives

extension PeerPolicy {
    /// The cause of a denial in words, with the line that would allow the peer where one can.
    package func cause(of denial: PeerDenial) -> String {
        let address = denial.address
        switch denial.peerClass {
        case .listener: return "\(address) is this server itself, outside the relay ports"
        case .ownAddress: return "it holds \(address), which is this server itself"
        case .configured:
            // The denial may be older than a reload that took the line away.
            let index = Int(denial.entry)
            guard settings.denied.indices.contains(index) else {
                return "\(subject(denial)) denied by a line that is gone; \(opening(address))"
            }
            let line = settings.denied[index].source
            return "\(subject(denial)) denied by \"\(line)\"; \(opening(address))"
        case .broadcast where denial.entry == .max:
            return "\(address) is the broadcast address of an interface"
        default:
            let block = SpecialPurposeBlock.all[Int(denial.entry)]
            let what =
                "\(subject(denial)) \(denial.peerClass.rawValue) "
                + "(\(block.name), \(block.source))"
            if denial.peerClass.isHard { return what + "; no setting opens it" }
            return what + "; \(opening(address))"
        }
    }

    private func subject(_ denial: PeerDenial) -> String {
        denial.isEmbedded ? "it holds \(denial.address), which is" : "\(denial.address) is"
    }

    private func opening(_ address: IPAddress) -> String {
        "\"allowed-peer-ip=\(address)\" would allow it"
    }

    /// What the configuration opens beyond the default, for the log at start: one line for each
    /// rule and special block that overlap, at most 100 lines.
    package var openings: [String] {
        var lines: [String] = []
        if settings.forceLoopback { lines.append("loopback peers are open by force") }
        for rule in settings.allowed + settings.onLink.map({ PeerRule($0, source: "on-link") }) {
            for block in SpecialPurposeBlock.all where block.range.overlaps(rule.range) {
                guard lines.count < 100 else { return lines }
                // Rules that only brush "reserved" space as part of everything say enough once.
                guard block.peerClass != .reserved else { continue }
                let effect = block.peerClass.isHard ? "stays closed" : "is open"
                lines.append(
                    "\(block.peerClass.rawValue) \(block.range) \(effect) (\(rule.source))")
            }
        }
        return lines
    }
}

extension AddressRange {
    fileprivate func overlaps(_ other: AddressRange) -> Bool {
        lower.family == other.lower.family && lower <= other.upper && other.lower <= upper
    }
}
