extension Reader {
    /// Judges which ways in and out are left, and what the bounds of connections say together.
    mutating func reviewTransports() {
        reviewWaysIn()
        reviewWaysOut()
        reviewProxy()
        reviewConnections()
    }

    /// Whether any TCP port is opened.
    private var hasStreams: Bool {
        configuration.listening.tcp || configuration.streams.servesTLS
    }

    private mutating func reviewWaysIn() {
        let udp = configuration.listening.udp
        if !udp, !hasStreams {
            attach(
                Problem(
                    .error, "nothing-served",
                    configuration.streams.tls
                        ? "Without plain UDP and TCP only TLS is left, which needs a certificate."
                        : "Neither UDP nor TCP nor TLS is served.",
                    configuration.streams.tls
                        ? "Write cert=PATH and pkey=PATH, or delete the line."
                        : "Delete the line."), to: "no-udp", "no-tcp", "no-tls")
        }
        if !udp, configuration.streams.dtls, has("dtls") {
            attach(
                Problem(
                    .warning, "dtls-needs-udp",
                    "DTLS comes by UDP, which `no-udp` closes: no DTLS client is served.",
                    "Delete one of the two."), to: "dtls")
        }
    }

    private mutating func reviewWaysOut() {
        let relay = configuration.relay
        guard !relay.udp, !configuration.stun.stunOnly else { return }
        if !relay.tcp {
            attach(
                Problem(
                    .error, "nothing-relayed",
                    "Neither UDP nor TCP is relayed; coturn does not start on this either.",
                    "Delete `no-udp-relay`, or write stun-only."), to: "no-udp-relay")
        } else if !hasStreams {
            attach(
                Problem(
                    .error, "nothing-relayed",
                    "Only TCP allocations are granted, which need TCP or TLS clients"
                        + " (RFC 6062 §5.1), and none are served.",
                    "Delete `no-udp-relay`, or what closes TCP."), to: "no-udp-relay")
        } else {
            attach(
                Problem(
                    .note, "tcp-relay-only",
                    "Calls of browsers need UDP allocations, which this refuses."),
                to: "no-udp-relay")
        }
    }

    private mutating func reviewProxy() {
        let streams = configuration.streams
        guard streams.proxyPort > 0 else {
            if !streams.proxySources.isEmpty {
                attach(
                    Problem(
                        .warning, "proxy-without-port",
                        "No port takes PROXY headers, so nothing is trusted.",
                        "Write tcp-proxy-port=PORT, or delete the line."), to: "proxy-from")
            }
            return
        }
        if !hasStreams {
            attach(
                Problem(
                    .warning, "proxy-without-tcp",
                    "TCP is switched off, so the port is not opened.",
                    "Delete the line, or `no-tcp`."), to: "tcp-proxy-port")
            return
        }
        attach(
            Problem(
                .note, "proxy-alone",
                "TCP and TLS clients come through this port alone, as in coturn; all other ports"
                    + " serve UDP only."), to: "tcp-proxy-port")
        if streams.proxySources.isEmpty {
            attach(
                Problem(
                    .note, "proxy-local",
                    "Only a proxy on this machine is believed; coturn believes anyone.",
                    "Write proxy-from=ADDRESS for a proxy elsewhere."), to: "tcp-proxy-port")
        }
        if streams.proxySources.contains(where: \.isWholeFamily) {
            attach(
                Problem(
                    .warning, "proxy-from-anyone",
                    "Whoever reaches the port may claim any client address.",
                    "Name the proxy's own address."), to: "proxy-from")
        }
    }

    private mutating func reviewConnections() {
        let limits = configuration.streams.limits
        let pairs = [
            (
                "connections-per-prefix", limits.connectionsPerPrefix, "connections-max",
                limits.connections
            ),
            ("half-open-per-prefix", limits.halfOpenPerPrefix, "half-open-max", limits.halfOpen),
            (
                "tcp-connections-per-allocation", limits.peerConnectionsPerAllocation,
                "tcp-connections-per-user", limits.peerConnectionsPerUser
            ),
        ]
        for (key, part, wholeKey, whole) in pairs { attachPart(key, part, of: wholeKey, whole) }
    }

    /// Warns of a bound that never counts, where a line has set it.
    mutating func attachPart(_ key: String, _ part: Int, of wholeKey: String, _ whole: Int) {
        guard has(key), part > whole else { return }
        attach(
            Problem(
                .warning, "part-above-whole",
                "This is above \(wholeKey), which is \(whole) and counts as well.",
                "Lower it, or raise \(wholeKey)."), to: key)
    }
}
