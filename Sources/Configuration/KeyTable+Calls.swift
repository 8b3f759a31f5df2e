extension KeyTable {
    static let calls = [
        Key(
            "token-key", .special,
            "Key that tokens of users are signed with; without one, and without `calls-demo`,"
                + " there are no calls",
            unit:
                "[NAME:]HS256:SECRET, [NAME:]HS256:file:PATH, or [NAME:]ALGORITHM:PATH of a public"
                + " key, the algorithm EdDSA, ES256 or RS256"
        ).own.secret.repeatable,
        Key(
            "token-issuer", .special,
            "Issuer (`iss`) whose tokens are accepted; without one, every issuer's that is signed"
                + " well",
            unit: "text"
        ).own.repeatable,
        Key(
            "token-audience", .special,
            "Audience (`aud`) that a token must be for; of several lines one is enough",
            standard: "turnstone", unit: "text"
        ).own.repeatable,
        Key(
            "token-lifetime-max", .seconds(\.calls.tokens.lifetimeMax, 60...86_400),
            "Longest lifetime of a token, from `iat` to `exp`", standard: "86400", unit: "seconds"
        ).own,
        Key(
            "calls-demo", .flag(\.calls.demo.isOn),
            "Whoever comes may call under any name, without a token; only where all addresses"
                + " listened on are loopback",
            standard: "false", unit: "boolean"
        ).own,
        Key(
            "calls-demo-public", .flag(\.calls.demo.isPublic),
            "Lets `calls-demo` listen on addresses that others reach", standard: "false",
            unit: "boolean"
        ).own,
        Key(
            "calls-open-directory", .flag(\.calls.hasOpenDirectory),
            "Everybody may call and watch everybody, unless their token says whom",
            standard: "false", unit: "boolean"
        ).own,
        Key(
            "calls-busy-mode", .special,
            "What becomes of a call to somebody who is in one: `reject` tells the caller,"
                + " `waiting` lets it ring",
            standard: "reject", unit: "reject or waiting"
        ).own,
        Key(
            "calls-reconnect-policy", .special,
            "A call ends when `both` sides, or `any` of them, were away for"
                + " `calls-reconnect-window`",
            standard: "both", unit: "both or any"
        ).own,
        Key(
            "calls-ring-timeout", .seconds(\.calls.ringTimeout, 30...120),
            "How long a call rings when its caller asks for nothing else", standard: "60",
            unit: "seconds"
        ).own,
        Key(
            "calls-connect-timeout", .seconds(\.calls.connectTimeout, 5...300),
            "How long a call may take from the answer until both sides are connected",
            standard: "30", unit: "seconds"
        ).own,
        Key(
            "calls-reconnect-window", .seconds(\.calls.reconnectWindow, 30...86_400),
            "How long somebody who lost the connection may come back to a call", standard: "1800",
            unit: "seconds"
        ).own,
        Key(
            "calls-session-retention", .seconds(\.calls.sessionRetention, 10...3_600),
            "How long what was missed is kept for somebody who is away and in no call",
            standard: "120", unit: "seconds"
        ).own,
        Key(
            "calls-waiting-ttl", .seconds(\.calls.waitingLifetime, 60...604_800),
            "How long a call waits for its second side", standard: "10800", unit: "seconds"
        ).own,
        Key(
            "calls-max-duration", .seconds(\.calls.durationMax, 0...604_800),
            "How long a call may last; 0 is without bound", standard: "0", unit: "seconds"
        ).own,
        Key(
            "drain-timeout", .seconds(\.calls.drainTimeout, 0...600),
            "How long a stop may take to say goodbye to WebSockets", standard: "30",
            unit: "seconds"
        ).own,
        Key(
            "signaling-alias", .flag(\.calls.servesAlias),
            "Serve `/apiv2/ws?call_id&peer_id&peer_token` too, for clients that know no other",
            standard: "false", unit: "boolean"
        ).own,
        Key(
            "signaling-url-token", .flag(\.calls.takesTokenInURL),
            "Accept a token in the URL of a WebSocket; URLs end up in logs of proxies",
            standard: "false", unit: "boolean"
        ).own,
    ]

    static let callLimits = [
        Key(
            "calls-max", .number(\.calls.limits.calls, 1...10_000_000), "Calls at once",
            standard: "100000", unit: "calls"
        ).own,
        Key(
            "calls-max-per-user", .number(\.calls.limits.callsPerUser, 1...10_000),
            "Calls of one user at once", standard: "16", unit: "calls"
        ).own,
        Key(
            "calls-max-sockets", .number(\.calls.limits.sockets, 1...10_000_000),
            "WebSockets at once; each also counts towards `connections-max`", standard: "100000",
            unit: "sockets"
        ).own,
        Key(
            "calls-max-sockets-per-user", .number(\.calls.limits.socketsPerUser, 1...1_000),
            "WebSockets of one user at once", standard: "8", unit: "sockets"
        ).own,
        Key(
            "calls-max-sockets-per-address",
            .number(\.calls.limits.socketsPerAddress, 1...1_000_000),
            "WebSockets from one address that have not signed in", standard: "64",
            unit: "sockets"
        ).own,
    ]

    static let hooks = [
        Key(
            "webhook-url", .special, "Where your application is told what becomes of calls",
            unit: "URL"
        ).own,
        Key(
            "webhook-secret", .special,
            "What requests to `webhook-url` and `chat-resolver-url` are signed with",
            unit: "text"
        ).own.secret,
        Key(
            "chat-resolver-url", .special,
            "Where your application is asked who is meant by a chat", unit: "URL"
        ).own,
        Key(
            "webhook-push", .flag(\.calls.hooks.canPush),
            "Your application wakes devices when it is told `push.requested`, and says so by an"
                + " answer of 200 to 299",
            standard: "false", unit: "boolean"
        ).own,
        Key(
            "webhook-ca-file", .optionalText(\.calls.hooks.authorityFile),
            "Certificates in PEM form that hooks by https are checked with, instead of the"
                + " system's",
            unit: "path"
        ).own,
    ]
}
