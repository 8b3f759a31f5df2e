extension KeyTable {
    static let listening = [
        Key(
            "listening-port", .port(\.listening.port),
            "Port of every listening address, for UDP, TCP, TLS and DTLS", standard: "3478",
            unit: "port"),
        Key(
            "listening-ip", .special,
            "Local address to serve on; none means every address, and `0.0.0.0` or `::` every"
                + " address of the family",
            unit: "address"
        ).repeatable,
        Key(
            "listen-all", .special,
            "Serve on every address of both families; the same as `listening-ip=0.0.0.0` and"
                + " `listening-ip=::`",
            standard: "false", unit: "boolean"
        ).own,
        Key(
            "listening-device", .optionalText(\.listening.device),
            "Interface that client sockets are bound to", unit: "interface"),
        Key(
            "alt-listening-port", .port(\.listening.alternatePort), .notYet,
            "Second port for NAT behaviour discovery; 0 is the listening port plus one",
            standard: "0", unit: "port", note: "Only RFC 5780 uses it."),
        Key(
            "aux-server", .endpoints(\.listening.auxiliary),
            "Further endpoint to serve on with every transport, the usual way to add port 443",
            unit: "ADDRESS:PORT"
        ).repeatable,
        Key(
            "udp-self-balance", .droppedFlag, .noEffect,
            "Send UDP clients on to auxiliary servers",
            note: "The kernel spreads clients over the workers."),
        Key(
            "no-udp", .inverseFlag(\.listening.udp),
            "Open no UDP port for clients, neither plain nor DTLS", standard: "false",
            unit: "boolean"),
        Key(
            "no-tcp", .inverseFlag(\.listening.tcp),
            "Serve no TCP clients but those that come by TLS", standard: "false",
            unit: "boolean"),
        Key(
            "sock-buf-size", .number(\.relay.socketBufferBytes, 65_536...268_435_456),
            "Receive and send buffer of each client and relay socket; the kernel's rmem_max and"
                + " wmem_max may cut it",
            standard: "2097152", unit: "bytes", since: "4.8.0"),
    ]

    static let relay = [
        Key(
            "relay-ip", .addresses(\.relay.addresses),
            "Local address to relay from; none means the listening addresses, and without these"
                + " those that lead outside",
            unit: "address"
        ).repeatable,
        Key(
            "external-ip", .special,
            "Address that peers see when the server is behind NAT, alone or as PUBLIC/PRIVATE per"
                + " relay address",
            unit: "ADDRESS or PUBLIC/PRIVATE"
        ).repeatable,
        Key(
            "min-port", .port(\.relay.minPort), "Lowest relay port", standard: "49152",
            unit: "port"),
        Key(
            "max-port", .port(\.relay.maxPort), "Highest relay port", standard: "65535",
            unit: "port"),
        Key(
            "relay-device", .optionalText(\.relay.device),
            "Interface that relay sockets are bound to", unit: "interface"),
        Key(
            "no-udp-relay", .inverseFlag(\.relay.udp), "Grant no UDP allocations",
            standard: "false", unit: "boolean"),
        Key(
            "no-tcp-relay", .inverseFlag(\.relay.tcp), "Grant no TCP allocations (RFC 6062)",
            standard: "false", unit: "boolean"),
        Key(
            "allocation-default-address-family", .special,
            "Family of an allocation whose request names none; `keep` is the family the client"
                + " came with",
            standard: "ipv4", unit: "ipv4, ipv6 or keep", since: "4.6.0"),
        Key(
            "keep-address-family", .special, .mapped,
            "Older spelling of `allocation-default-address-family=keep`", unit: "boolean",
            note: "Same as `allocation-default-address-family=keep`.", since: "4.5.0.8"),
        Key(
            "server-relay", .droppedFlag, .refused,
            "Let any peer send to any relay port without a permission", unit: "boolean",
            note: "It drops the permissions TURN depends on (RFC 8656 §9)."),
        Key(
            "multiplex-peer", .droppedFlag, .noEffect, "Share one relay socket between allocations",
            note: "Each allocation has a socket of its own; sends are batched without it.",
            since: "4.12.0"),
        Key(
            "multiplex-peer-port", .dropped, .noEffect, "Port of the shared relay socket",
            note: "There is no shared relay socket.", since: "4.12.0"),
        Key(
            "multiplex-peer-max-peers", .dropped, .noEffect, "Peers per shared relay socket",
            note: "There is no shared relay socket.", since: "4.16.0"),
        Key(
            "udp-gso", .droppedFlag, .noEffect, "Send several packets of one size at once",
            note: "Used wherever the kernel can.", since: "4.12.0"),
        Key(
            "udp-recvmmsg", .droppedFlag, .noEffect, "Receive several packets at once",
            note: "Always so.", since: "4.10.0"),
        Key(
            "udp-recvmmsg-log", .droppedFlag, .noEffect, "Log how full receive batches are",
            note: "There is no such log.", since: "4.12.0"),
        Key(
            "udp-sendmmsg-log", .droppedFlag, .noEffect, "Log how full send batches are",
            note: "There is no such log.", since: "4.13.0"),
        Key(
            "ne", .dropped, .noEffect, "Choose coturn's network engine",
            note: "There is one engine.", removed: "4.10.0"),
    ]

    static let peers = [
        Key(
            "denied-peer-ip", .ranges(\.peers.denied),
            "Peers nobody may reach, beside those that are always denied",
            unit: "ADDRESS, FIRST-LAST or ADDRESS/BITS"
        ).repeatable,
        Key(
            "allowed-peer-ip", .ranges(\.peers.allowed),
            "Peers anybody may reach: beats `denied-peer-ip`, and opens private and special"
                + " ranges, though never loopback, link-local or multicast",
            unit: "ADDRESS, FIRST-LAST or ADDRESS/BITS"
        ).repeatable,
        Key(
            "lan", .flag(\.peers.opensLocalNetworks), .dangerous,
            "Allow as peers the networks that this machine's interfaces are on",
            standard: "false", unit: "boolean",
            note: "Every user reaches every host of these networks."
        ).own,
        Key(
            "allow-loopback-peers", .special, .refused,
            "Relay to this machine's loopback addresses; only the value `force` does it",
            standard: "false", unit: "boolean or force",
            note: "It opens services that trust this machine; a test may write `=force`.",
            since: "4.5.1.0"),
        Key(
            "no-loopback-peers", .droppedFlag, .noEffect, "Deny loopback peers",
            note: "Always so.", removed: "4.5.1.0"),
        Key(
            "no-multicast-peers", .droppedFlag, .noEffect, "Deny multicast and broadcast peers",
            note: "Always so."),
        Key(
            "no-dynamic-ip-list", .droppedFlag, .noEffect, "Read no peer lists from a database",
            note: "No database is read.", since: "4.5.1.2"),
    ]

    static let clusters = [
        Key(
            "alternate-server", .dropped, .refused, "Send clients on to another server",
            unit: "ADDRESS:PORT",
            note:
                "Redirection (ALTERNATE-SERVER) is not offered; list several servers at the"
                + " client, or in DNS."
        ).repeatable,
        Key(
            "tls-alternate-server", .dropped, .refused, "Send TLS clients on to another server",
            unit: "ADDRESS:PORT", note: "See `alternate-server`."
        ).repeatable,
        Key(
            "tcp-alternate-server", .dropped, .refused, "Send TCP clients on to another server",
            unit: "ADDRESS:PORT", note: "See `alternate-server`.", since: "4.15.0"
        ).repeatable,
        Key(
            "udp-alternate-server", .dropped, .refused, "Send UDP clients on to another server",
            unit: "ADDRESS:PORT", note: "See `alternate-server`.", since: "4.15.0"
        ).repeatable,
    ]
}
