extension KeyTable {
    static let streams = [
        Key(
            "tls-listening-port", .port(\.streams.port),
            "Second port of every listening address, opened when there is a certificate: for TCP"
                + " unless `no-tls`, for UDP unless `no-dtls`; both ports tell TLS, DTLS and plain"
                + " clients apart",
            standard: "5349", unit: "port"),
        Key(
            "alt-tls-listening-port", .port(\.streams.alternatePort), .notYet,
            "Second TLS port for NAT behaviour discovery", standard: "0", unit: "port",
            note: "Only RFC 5780 uses it."),
        Key(
            "no-tls", .inverseFlag(\.streams.tls), "Serve no TLS clients", standard: "false",
            unit: "boolean"),
        Key(
            "dtls", .flag(\.streams.dtls),
            "Serve DTLS clients when there is a certificate, on every UDP port",
            standard: "true", unit: "boolean", since: "4.17.0"),
        Key(
            "no-dtls", .inverseFlag(\.streams.dtls), "Serve no DTLS clients",
            standard: "false", unit: "boolean"),
        Key(
            "cert", .optionalText(\.streams.certificate),
            "Certificate chain in PEM form, the server's own first; from the folder of this file"
                + " unless the path is absolute",
            unit: "path"),
        Key(
            "pkey", .optionalText(\.streams.privateKey),
            "Private key of `cert` in PEM form; may be the same file", unit: "path"),
        Key(
            "pkey-pwd", .optionalText(\.streams.privateKeyPassword),
            "Password of encrypted private keys", unit: "text"
        ).secret,
        Key(
            "certificate", .special,
            "Further certificate and its key, chosen by the name a client asks for; one path when"
                + " one file holds both",
            unit: "CERTIFICATE KEY"
        ).own.repeatable,
        Key(
            "cipher-list", .optionalText(\.streams.ciphers),
            "Ciphers for TLS 1.2 and DTLS 1.2; without it those with forward secrecy and"
                + " authenticated encryption",
            unit: "OpenSSL cipher list"),
        Key(
            "no-tlsv1_2", .flag(\.streams.refusesTLS12),
            "Refuse TLS 1.2, leaving 1.3; DTLS stays at 1.2", standard: "false",
            unit: "boolean"),
        Key(
            "tcp-proxy-port", .port(\.streams.proxyPort),
            "Port for clients behind a proxy that speaks the PROXY protocol, version 1 or 2; with"
                + " it no other TCP port is opened",
            unit: "port", since: "4.5.1.2"),
        Key(
            "proxy-from", .networks(\.streams.proxySources),
            "Where the proxy of `tcp-proxy-port` connects from; none means this machine",
            unit: "ADDRESS, FIRST-LAST or ADDRESS/BITS"
        ).own.repeatable,
        Key(
            "acme-redirect", .optionalText(\.streams.acmeRedirect), .notYet,
            "Where HTTP requests for ACME challenges are sent", unit: "URL",
            note: "Such requests get the answer of any path that does not exist.",
            since: "4.5.2"),
        Key(
            "respond-http-unsupported", .droppedFlag, .noEffect,
            "Answer HTTP requests with an error",
            note: "HTTP requests get an answer on every TCP port.", since: "4.6.3"),
        Key(
            "CA-file", .dropped, .refused, "Demand client certificates", unit: "path",
            note: "Client certificates are not asked for; TURN credentials are."),
        Key(
            "raw-public-keys", .droppedFlag, .refused, "TLS with raw public keys (RFC 7250)",
            note: "No client on the web uses them.", since: "4.6.3"),
        Key("ec-curve-name", .dropped, .noEffect, "Curve for TLS", note: tlsDefaultNote),
        Key("dh-file", .dropped, .noEffect, "Diffie-Hellman parameters", note: tlsDefaultNote),
        Key("dh566", .droppedFlag, .noEffect, "Diffie-Hellman of 566 bits", note: tlsDefaultNote),
        Key(
            "dh1066", .droppedFlag, .noEffect, "Diffie-Hellman of 1066 bits", note: tlsDefaultNote,
            since: "4.5.1.2"),
        Key(
            "dh2066", .droppedFlag, .noEffect, "Diffie-Hellman of 2066 bits", note: tlsDefaultNote,
            removed: "4.5.1.2"),
        Key("tlsv1", .droppedFlag, .refused, "Allow TLS 1.0", note: tlsFloorNote, since: "4.7.0"),
        Key(
            "tlsv1_1", .droppedFlag, .refused, "Allow TLS 1.1", note: tlsFloorNote,
            since: "4.7.0"),
        Key(
            "no-tlsv1", .droppedFlag, .noEffect, "Refuse TLS 1.0", note: tlsFloorNote,
            removed: "4.7.0"),
        Key(
            "no-tlsv1_1", .droppedFlag, .noEffect, "Refuse TLS 1.1", note: tlsFloorNote,
            removed: "4.7.0"),
        Key(
            "no-sslv2", .droppedFlag, .noEffect, "Refuse SSL 2", note: tlsFloorNote,
            removed: "4.7.0"),
        Key(
            "no-sslv3", .droppedFlag, .noEffect, "Refuse SSL 3", note: tlsFloorNote,
            removed: "4.7.0"),
    ]

    private static let tlsFloorNote = "TLS 1.2 is the oldest version served (RFC 8996)."
    private static let tlsDefaultNote = "OpenSSL chooses key exchanges of today's strength."

    static let streamLimits = [
        Key(
            "connections-max", .number(\.streams.limits.connections, 1...1_000_000),
            "Open TCP, TLS and DTLS connections of the whole server", standard: "16384",
            unit: "connections"
        ).own,
        Key(
            "connections-per-prefix",
            .number(\.streams.limits.connectionsPerPrefix, 0...1_000_000),
            "Open connections from one IPv4 /24 or IPv6 /64; 0 is no bound of its own",
            standard: "1024",
            unit: "connections"
        ).own,
        Key(
            "half-open-max", .number(\.streams.limits.halfOpen, 1...1_000_000),
            "Connections of the whole server whose handshake or first bytes are not complete",
            standard: "4096", unit: "connections"
        ).own,
        Key(
            "half-open-per-prefix", .number(\.streams.limits.halfOpenPerPrefix, 0...1_000_000),
            "Connections from one IPv4 /24 or IPv6 /64 whose handshake or first bytes are not"
                + " complete; 0 is no bound of its own",
            standard: "128", unit: "connections"
        ).own,
        Key(
            "handshake-timeout", .seconds(\.streams.limits.handshakeTimeout, 1...300),
            "Time from connecting to the first whole request, handshake and PROXY header"
                + " included",
            standard: "10", unit: "seconds"
        ).own,
        Key(
            "max-allocate-timeout", .seconds(\.streams.limits.allocateTimeout, 1...3600),
            "How long a TCP, TLS or DTLS client may stay without an allocation",
            standard: "60", unit: "seconds"),
        Key(
            "stream-queue-bytes", .number(\.streams.limits.queueBytes, 131_072...67_108_864),
            "What may wait for one TCP or TLS client that reads slowly; beyond it whole packets"
                + " are dropped",
            standard: "524288", unit: "bytes"
        ).own,
        Key(
            "stream-queue-milliseconds",
            .number(\.streams.limits.queueMilliseconds, 20...60_000),
            "How long a packet may wait for one TCP or TLS client; then it is dropped",
            standard: "1000", unit: "milliseconds"
        ).own,
        Key(
            "tcp-connections-per-allocation",
            .number(\.streams.limits.peerConnectionsPerAllocation, 1...1024),
            "Peer connections of one TCP allocation (RFC 6062)", standard: "64",
            unit: "connections"
        ).own,
        Key(
            "tcp-connections-per-user",
            .number(\.streams.limits.peerConnectionsPerUser, 1...1_000_000),
            "Peer connections of all TCP allocations of one user", standard: "256",
            unit: "connections"
        ).own,
    ]
}
