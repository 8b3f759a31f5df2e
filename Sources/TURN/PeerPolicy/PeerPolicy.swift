package import Primitives

/// Decides whom clients may reach through this server (design: safe by construction, 1 to 4).
///
/// Built once per configuration, then only read: sorted tables, binary search, no allocation.
/// The order: hard classes, own addresses, `allowed-peer-ip`, `denied-peer-ip`, soft classes.
/// What passes all of them is ordinary public address space.
package struct PeerPolicy: Sendable {
    package let settings: PeerPolicySettings
    private let hard: RangeTable
    private let soft: RangeTable
    private let allowed: RangeTable
    private let denied: RangeTable
    /// Sorted, without loopback and link-local ones: the hard classes keep those.
    private let own: RangeTable
    private let broadcasts: RangeTable

    package init(_ settings: PeerPolicySettings) {
        self.settings = settings
        let blocks = SpecialPurposeBlock.all
        hard = RangeTable(blocks.map(\.range)) { blocks[$0].peerClass.isHard }
        soft = RangeTable(blocks.map(\.range)) { !blocks[$0].peerClass.isHard }
        allowed = RangeTable(settings.allowed.map(\.range) + settings.onLink)
        denied = RangeTable(settings.denied.map(\.range))
        own = RangeTable(settings.ownAddresses.compactMap { AddressRange($0, $0) })
        broadcasts = RangeTable(settings.broadcasts.compactMap { AddressRange($0, $0) })
    }

    /// Judges a permission, which is for an address and ignores ports (RFC 8656 §9).
    ///
    /// An own address passes as `.hairpin`: whether its port is a live relay is asked for each
    /// packet (design ruling on own addresses).
    package func judge(permission peer: CanonicalPeer) -> PeerVerdict {
        let outer = judge(peer.outer, isEmbedded: false)
        if case .denied(let denial) = outer, denial.peerClass.isHard { return outer }
        var worst = outer
        for index in 0..<peer.embeddedCount {
            switch judge(peer.embedded(index), isEmbedded: true) {
            case .allowed(.network): continue
            case .allowed:
                return .denied(
                    PeerDenial(
                        peerClass: .ownAddress, address: peer.embedded(index), isEmbedded: true,
                        entry: .max))
            case .denied(let denial):
                // A hard class is the answer even where the spelling alone would be denied
                // too: nobody should be told of a setting that does not help.
                if denial.peerClass.isHard { return .denied(denial) }
                if worst.isAllowed { worst = .denied(denial) }
            }
        }
        return worst
    }

    /// Judges a channel, which is for an address and a port (RFC 8656 §12).
    ///
    /// On an own address the port must lie inside the relay range and not be a listener.
    package func judge(channel peer: CanonicalPeer, port: UInt16) -> PeerVerdict {
        let verdict = judge(permission: peer)
        guard case .allowed(let reach) = verdict, reach != .network else { return verdict }
        let outsideRange = reach == .hairpin && !isRelayPort(port)
        guard outsideRange || isListener(peer.outer, port) else { return verdict }
        return .denied(
            PeerDenial(peerClass: .listener, address: peer.outer, isEmbedded: false, entry: .max))
    }

    private func isRelayPort(_ port: UInt16) -> Bool {
        settings.relayPorts.contains(port)
            || settings.formerRelayPorts.contains { $0.contains(port) }
    }

    /// True when the daemon itself listens on this own address and port.
    package func isListener(_ address: IPAddress, _ port: UInt16) -> Bool {
        settings.listeners.contains {
            $0.port == port && ($0.ip == address || $0.ip.bits == 0)
        }
    }

    private func judge(_ address: IPAddress, isEmbedded: Bool) -> PeerVerdict {
        let deny = { (peerClass: PeerClass, entry: UInt16) in
            PeerVerdict.denied(
                PeerDenial(
                    peerClass: peerClass, address: address, isEmbedded: isEmbedded, entry: entry))
        }
        if let entry = hard.find(address) {
            let peerClass = SpecialPurposeBlock.all[Int(entry)].peerClass
            guard peerClass == .loopback, settings.forceLoopback else {
                return deny(peerClass, entry)
            }
            // Force opens loopback as a whole; a line of the configuration may close parts again.
            if allowed.find(address) == nil, let line = denied.find(address) {
                return deny(.configured, line)
            }
            return .allowed(.hairpinOrNetwork)
        }
        if broadcasts.find(address) != nil { return deny(.broadcast, .max) }
        if own.find(address) != nil { return .allowed(.hairpin) }
        if allowed.find(address) != nil { return .allowed(.network) }
        if let entry = denied.find(address) { return deny(.configured, entry) }
        if let entry = soft.find(address) {
            return deny(SpecialPurposeBlock.all[Int(entry)].peerClass, entry)
        }
        return .allowed(.network)
    }
}
