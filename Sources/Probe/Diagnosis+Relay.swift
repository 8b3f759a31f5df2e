package import Primitives

// Whether packets come through the relay, and the addresses it tells.
extension Diagnosis {
    func addresses(_ path: PathResult) -> [Finding] {
        var found: [Finding] = []
        let isPublic = !AddressScope.isPrivate(path.server.ip)
        if let relayed = path.relayed?.ip { found += relayAddress(relayed, path, isPublic) }
        if let mapped = path.mapped?.ip, isPublic, AddressScope.isPrivate(mapped) {
            found.append(
                Finding(
                    "client-address-hidden", .warning,
                    "the server sees this client as \(mapped)",
                    why: "Something in front of it changes addresses (docker's proxy, a load "
                        + "balancer): clients learn a useless address, and limits by address hit "
                        + "everybody at once.",
                    mend: "Run it with --network host, or with \"userland-proxy\": false."))
        }
        return found
    }

    private func relayAddress(
        _ relayed: IPAddress, _ path: PathResult, _ isPublic: Bool
    ) -> [Finding] {
        let echo = path.echo(.ownSocket)
        let why = "Callers send their media to that address, and it does not arrive here."
        if isPublic, AddressScope.isPrivate(relayed) {
            return [
                Finding(
                    "relay-address-private", .error,
                    "the server hands out relay addresses of its inner network: \(relayed)",
                    why: why,
                    mend: "Set external-ip=\(path.server.ip)/\(relayed) in its configuration.")
            ]
        }
        guard !report.addresses.contains(relayed), path.server.ip != relayed,
            relayed.family == path.server.ip.family
        else { return [] }
        if let echo, echo.received > 0 {
            return [
                Finding(
                    "relay-address-other", .note,
                    "the relay address \(relayed) is none of the host's, and works", why: "",
                    mend: "")
            ]
        }
        return [
            Finding(
                "relay-address-wrong", echo == nil ? .warning : .error,
                "the server hands out relay addresses at \(relayed), and is \(path.server.ip)",
                why: why,
                mend: "Set external-ip=\(path.server.ip) in its configuration (behind NAT "
                    + "external-ip=\(path.server.ip)/INNER-ADDRESS): the public address has "
                    + "changed, or was never this one.")
        ]
    }

    // MARK: - Packets

    func relaying(_ path: PathResult) -> [Finding] {
        denials(path) + ownSocket(path) + betweenAllocations(path) + path.echoes.flatMap(loss)
    }

    private func denials(_ path: PathResult) -> [Finding] {
        var found: [Finding] = []
        if case .refused(let refusal) = path.outcome(.permitRelay) {
            found.append(
                Finding(
                    "relay-peer-denied", .warning,
                    "the server denies its own relay addresses as peers: \(text(refusal))",
                    why: "Two callers who both need the relay cannot reach each other.",
                    mend: "Take the server's own addresses out of denied-peer-ip, or add "
                        + "allowed-peer-ip for them."))
        }
        if case .refused(let refusal) = path.outcome(.permitOwn), let mapped = path.mapped?.ip {
            let isPrivate = AddressScope.isPrivate(mapped)
            found.append(
                Finding(
                    "own-peer-denied", isPrivate ? .note : .warning,
                    "the server denies this machine's address \(mapped) as a peer: "
                        + text(refusal),
                    why: isPrivate
                        ? "Private addresses are denied for good reason; whether the relay ports "
                            + "are open was not tested from here."
                        : "Callers at such addresses get no relayed packets.",
                    mend: isPrivate
                        ? "Probe from the internet, or allow the range with allowed-peer-ip."
                        : "Take it out of denied-peer-ip."))
        }
        return found
    }

    private func ownSocket(_ path: PathResult) -> [Finding] {
        guard let own = path.echo(.ownSocket), own.received == 0, let relayed = path.relayed
        else { return [] }
        // A wrong address explains it.
        guard relayAddress(relayed.ip, path, !AddressScope.isPrivate(path.server.ip)).isEmpty
        else { return [] }
        if passesUDP(path.server.ip) == false {
            return [
                Finding(
                    "relay-ports-unknown", .note,
                    "no UDP passes between here and the server, so its relay ports were not tested",
                    why: "", mend: "Probe from another network.")
            ]
        }
        if isOwnMachine(path) { return [ownMachine] }
        if own.reached > 0 { return [oneWay] }
        let isSecondOpen = (path.echo(.indications)?.received ?? 0) > 0
        return [
            Finding(
                "relay-range-closed", .error,
                "nothing comes through the relay port from here (\(relayed.ip), UDP)"
                    + (isSecondOpen ? ", though the server relays between its own ports" : ""),
                why: "Callers send their media to relay ports: calls connect only where both sides "
                    + "use this relay, or not at all.",
                mend: "Open the relay ports, UDP from min-port to max-port (49152-65535 if not "
                    + "set), in the server's firewall (nft add rule inet filter input udp dport "
                    + "49152-65535 accept; ufw allow 49152:65535/udp), in the provider's, and "
                    + "publish them if it runs in docker.")
        ]
    }

    /// The probe runs where the server does: careful servers relay nothing to their own machine,
    /// and from it only what comes from their own relay ports.
    private func isOwnMachine(_ path: PathResult) -> Bool {
        guard let mapped = path.mapped?.ip else { return false }
        return mapped == path.relayed?.ip || mapped == path.server.ip
    }

    private var ownMachine: Finding {
        Finding(
            "own-machine", .note,
            "the probe runs on the server's machine, to which the server relays nothing",
            why: "", mend: "Probe from another machine to see whether its relay ports are open.")
    }

    private var oneWay: Finding {
        Finding(
            "relay-send-lost", .error,
            "packets come in through the relay port, and those sent from it are lost",
            why: "Callers hear and see nothing of whoever uses the relay.",
            mend: "Let the server's firewall pass UDP that goes out from its relay ports.")
    }

    private func betweenAllocations(_ path: PathResult) -> [Finding] {
        guard let indications = path.echo(.indications), let relayed = path.relayed else {
            return []
        }
        let isAddressGood = relayAddress(
            relayed.ip, path, !AddressScope.isPrivate(path.server.ip)
        ).isEmpty
        if indications.received == 0 {
            guard isAddressGood else { return [] }
            return [
                Finding(
                    "relay-to-relay-lost", .error,
                    "packets between two allocations do not arrive",
                    why: "Two callers who both need the relay cannot reach each other.",
                    mend: "The server cannot send to its own public address \(relayed.ip): behind "
                        + "NAT set external-ip=PUBLIC/INNER, so that it knows it for its own, or "
                        + "let the router send such packets back (NAT loopback); and do not deny "
                        + "the address with denied-peer-ip.")
            ]
        }
        guard let channels = path.echo(.channels), channels.received == 0 else { return [] }
        return [
            Finding(
                "channels-lost", .error, "packets on channels do not arrive, indications do",
                why: "Browsers send all media on channels.",
                mend: "Look into the server's log, and update it.")
        ]
    }

    // MARK: - Loss

    /// One of twenty packets may go astray anywhere.
    private static let lossTolerated = 1
    /// From here on people hear it all the time: a quarter.
    private static let lossBad = EchoRun.count / 4

    private func loss(_ echo: EchoResult) -> [Finding] {
        guard echo.received > 0, echo.lost > Self.lossTolerated else { return [] }
        let smallLost = echo.lost - (echo.largeSent - echo.largeReceived)
        if echo.largeReceived == 0, echo.largeSent > 0, smallLost <= Self.lossTolerated {
            return [
                Finding(
                    "large-packets-lost", .error,
                    "packets of 1000 bytes do not arrive, small ones do",
                    why: "Voice works, video stays black.",
                    mend: "The path takes only small packets: lower the MTU of the tunnel or "
                        + "interface (ip link set dev IFACE mtu 1400), and let ICMP through.")
            ]
        }
        return [
            Finding(
                "loss", echo.lost >= Self.lossBad ? .error : .warning,
                "\(echo.lost) of \(echo.sent) packets were lost (\(echo.mode.rawValue))",
                why: "Voice has gaps, and video freezes.",
                mend: "Probe again from another network. If it stays, look at the server's load "
                    + "and socket buffers: turnstone status shows kernel drops.")
        ]
    }
}

/// Whether an address means the same host everywhere.
package enum AddressScope {
    private static let ranges = [
        // RFC 1918, RFC 6598, RFC 1122 §3.2.1.3, RFC 3927; RFC 4193, RFC 4291 §2.5.3 and §2.5.6.
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8",
        "169.254.0.0/16", "fc00::/7", "::1", "fe80::/10",
    ].compactMap { AddressRange($0) }

    package static func isPrivate(_ address: IPAddress) -> Bool {
        ranges.contains { $0.contains(address) }
    }
}
