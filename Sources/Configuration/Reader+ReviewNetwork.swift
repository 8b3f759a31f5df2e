import Primitives

extension Reader {
    mutating func reviewPorts() {
        let relay = configuration.relay
        if relay.minPort > relay.maxPort || relay.minPort == 0 {
            attach(
                .invalid(
                    "The relay ports \(relay.minPort) to \(relay.maxPort) are no range.",
                    accepted: "min-port from 1 on, and max-port not below it"),
                to: "min-port", "max-port")
            return
        }
        if configuration.listening.port == 0 {
            attach(
                .invalid("0 is no port to listen on.", accepted: "a port from 1 to 65535"),
                to: "listening-port")
        }
        reviewPortCount()
        let streams = configuration.streams
        var listening =
            [configuration.listening.port] + configuration.listening.auxiliary.map(\.port)
        if !streams.certificates.isEmpty { listening.append(streams.port) }
        if streams.proxyPort > 0 { listening.append(streams.proxyPort) }
        if let inside = listening.first(where: { (relay.minPort...relay.maxPort).contains($0) }) {
            attach(
                Problem(
                    .note, "listening-in-range",
                    "Port \(inside) is listened on and lies among the relay ports; no relay gets"
                        + " it."
                ), to: "min-port", "max-port")
        }
    }

    /// Each allocation takes one port per family of the relay address it is given.
    private mutating func reviewPortCount() {
        let relay = configuration.relay
        let perFamily = AddressFamily.allCases.map { family in
            relay.addresses.count { $0.family == family }
        }
        let places = relay.portCount * max(1, perFamily.max() ?? 1)
        let (total, user) = (
            configuration.limits.allocations, configuration.limits.allocationsPerUser
        )
        if total > places {
            attach(
                Problem(
                    .warning, "ports-below-quota",
                    "total-quota grants \(total) allocations, the port range holds \(places).",
                    "Widen min-port to max-port, in the firewall too, or lower total-quota."),
                to: "min-port", "max-port", "total-quota")
        } else if has("user-quota"), user > places {
            attach(
                Problem(
                    .warning, "ports-below-quota",
                    "user-quota grants \(user) allocations to one user, the port range holds"
                        + " \(places).",
                    "Widen min-port to max-port, in the firewall too, or lower user-quota."),
                to: "min-port", "max-port", "user-quota")
        } else if places < 100 {
            attach(
                Problem(
                    .note, "few-ports",
                    "The port range holds \(places) allocations at once; a call takes two to"
                        + " four."),
                to: "min-port", "max-port")
        }
    }

    mutating func reviewLimits() {
        let limits = configuration.limits
        if limits.bytesPerSecond > 0, limits.bytesPerSecondPerAllocation > limits.bytesPerSecond {
            attach(
                Problem(
                    .warning, "rate-above-total",
                    "max-bps grants one allocation more than bps-capacity grants all of them.",
                    "Lower max-bps, or raise bps-capacity."), to: "max-bps", "bps-capacity")
        } else if limits.bytesPerSecond > 0, limits.bytesPerSecondPerAllocation == 0 {
            attach(
                Problem(
                    .note, "total-without-max-bps",
                    "coturn does not start on bps-capacity without max-bps; here it stands alone."),
                to: "bps-capacity")
        }
        if limits.allocations > 0, limits.allocationsPerUser > limits.allocations,
            has("user-quota")
        {
            attach(
                Problem(
                    .warning, "user-above-total",
                    "user-quota is above total-quota: one user may take every place.",
                    "Lower user-quota."), to: "user-quota")
        }
        if limits.channelLifetime.count < 600 { attachShort("channel-lifetime", 600) }
        if limits.permissionLifetime.count < 300 { attachShort("permission-lifetime", 300) }
    }

    /// RFC 8656 §9 and §12: clients are told neither lifetime and count on the standard's.
    private mutating func attachShort(_ key: String, _ standard: Int) {
        attach(
            Problem(
                .warning, "lifetime-short",
                "Clients count on \(standard) seconds and refresh too late for less.",
                "Delete the line."), to: key)
    }

    /// Drops auxiliary servers that are listened on anyway.
    private mutating func reviewAuxiliary() {
        let listening = configuration.listening
        let redundant = listening.auxiliary.filter { server in
            server.port == listening.port && listening.addresses.contains(server.ip)
        }
        guard !redundant.isEmpty else { return }
        configuration.listening.auxiliary.removeAll { redundant.contains($0) }
        attach(
            Problem(
                .note, "aux-server-redundant",
                "\(redundant[0]) is listened on already; it is not bound twice."),
            to: "aux-server")
    }

    mutating func reviewAddresses() {
        reviewAuxiliary()
        let relay = configuration.relay
        let known = relay.addresses.isEmpty ? configuration.listening.addresses : relay.addresses
        guard !known.isEmpty, !known.contains(where: \.isUnspecified) else { return }
        for external in relay.external {
            if let local = external.privateAddress, !known.contains(local) {
                attach(
                    Problem(
                        .warning, "external-ip-unused",
                        "\(local) is no relay address; the mapping is never used.",
                        "Write the private address of this machine after the slash."),
                    to: "external-ip")
            } else if !known.contains(where: { $0.family == external.publicAddress.family }) {
                attach(
                    Problem(
                        .warning, "external-ip-unused",
                        "\(external.publicAddress) has a family that no relay address has.",
                        "Add a relay-ip of that family, or delete the line."), to: "external-ip")
            }
        }
    }

    mutating func reviewPeers() {
        let rules = configuration.peers
        for index in report.lines.indices where report.lines[index].key == "allowed-peer-ip" {
            guard let range = AddressRange(report.lines[index].value.filter { $0 != " " }) else {
                continue
            }
            if PrivateNetworks.blocks.contains(where: { $0.overlaps(range) }) {
                report.lines[index].problems.append(
                    Problem(
                        .note, "private-peers-opened",
                        "This opens addresses of a private network to every user."))
            }
            if let closed = Self.neverOpened.first(where: { $0.overlaps(range) }) {
                report.lines[index].problems.append(
                    Problem(
                        closed.covers(range) ? .warning : .note, "peer-never-allowed",
                        "\(closed) stays denied: loopback, link-local, multicast and the like are"
                            + " never opened."
                    ))
            }
        }
        let opens = PrivateNetworks.blocks.contains { block in
            rules.allowed.contains { $0.range.overlaps(block) }
        }
        let closes = PrivateNetworks.blocks.prefix(3).allSatisfy { block in
            rules.denied.contains { $0.range.covers(block) }
        }
        if !opens, !closes, !rules.opensLocalNetworks, !configuration.stun.stunOnly {
            report.findings.append(
                Problem(
                    .note, "private-peers-denied",
                    "Private peers, open in coturn, are now denied: 10.0.0.0/8, 172.16.0.0/12,"
                        + " 192.168.0.0/16 and other addresses that are not of the public"
                        + " Internet.",
                    "If clients must reach such a network, write allowed-peer-ip=ADDRESS/BITS for"
                        + " it."
                ))
        }
    }

    /// What `allowed-peer-ip` never opens: unspecified, loopback, link-local and cloud metadata,
    /// multicast and broadcast, Teredo and 6to4.
    private static let neverOpened = [
        "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255", "::/127",
        "fe80::/10", "ff00::/8", "2001::/32", "2002::/16",
    ].compactMap { AddressRange($0) }
}

extension AddressRange {
    func overlaps(_ other: AddressRange) -> Bool {
        lower.family == other.lower.family && lower <= other.upper && other.lower <= upper
    }

    /// Every address of its family.
    var isWholeFamily: Bool { lower.bits == 0 && upper == AddressRange(lower, prefix: 0)?.upper }

    func covers(_ other: AddressRange) -> Bool { contains(other.lower) && contains(other.upper) }
}
