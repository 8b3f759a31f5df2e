extension KeyTable {
    static let credentials = [
        Key(
            "realm", .text(\.credentials.realm),
            "Realm of all credentials; without it the host's domain", unit: "text"),
        Key(
            "server-name", .text(\.credentials.serverName), .noEffect,
            "Name of the server in OAuth tokens", unit: "text", note: "Only OAuth uses it."),
        Key(
            "lt-cred-mech", .flag(\.credentials.usesLongTerm),
            "Demand long-term credentials; any `user` or secret does so too",
            standard: "false", unit: "boolean"),
        Key(
            "user", .special,
            "Account with its password, or with its key MD5(name:realm:password) in hexadecimal",
            unit: "NAME:PASSWORD or NAME:0xKEY"
        ).secret.repeatable,
        Key(
            "use-auth-secret", .special,
            "Accept time-limited (REST) credentials; any `static-auth-secret` does so too",
            unit: "boolean"),
        Key(
            "static-auth-secret", .special,
            "Shared secret of time-limited (REST) credentials; of several each one is good",
            unit: "text"
        ).secret.repeatable,
        Key(
            "auth-secret-file", .special,
            "File with shared secrets, one a line; made with a random secret when it does not"
                + " exist",
            unit: "path"
        ).own.repeatable,
        Key(
            "rest-api-separator", .special,
            "Character between expiry and user id in a time-limited user name",
            standard: ":", unit: "character"),
        Key(
            "secret-ts-exp-time", .dropped, .noEffect, "Lifetime of time-limited credentials",
            note: "The expiry stands in the user name.", removed: "4.7.0"),
        Key(
            "no-auth", .special, .refused, "Let anyone allocate without credentials",
            standard: "false", unit: "boolean",
            note: "An open relay is found and abused within days."),
        Key(
            "sha256", .flag(\.credentials.offersSHA256),
            "Offer SHA-256 credentials (RFC 8489) beside SHA-1; not offered while a `user` has"
                + " only an MD5 key",
            standard: "false", unit: "boolean"
        ).own,
        Key(
            "userhash", .flag(\.credentials.offersUserHash),
            "Let clients hide their user name (RFC 8489 §14.4); only while every user is static",
            standard: "false", unit: "boolean"
        ).own,
        Key(
            "stale-nonce", .seconds(\.credentials.nonceLifetime, 0...86_400),
            "How long a nonce is good; 0 is without end", standard: "600", unit: "seconds"),
        Key(
            "stateless-nonce", .droppedFlag, .noEffect, "Keep no state for unauthenticated clients",
            note: "Always so.", since: "4.16.0"),
        Key(
            "stateless-nonce-secret", .dropped, .noEffect,
            "Key that several servers share for nonces",
            note:
                "Each start draws a key of its own; a client of another server gets one 438 more.",
            since: "4.16.0"
        ).secret,
        Key(
            "oauth", .droppedFlag, .refused, "Accept OAuth tokens (RFC 7635)", unit: "boolean",
            note: "OAuth is not built; use time-limited credentials."),
        Key(
            "check-origin-consistency", .droppedFlag, .noEffect, "Demand one ORIGIN per session",
            note: "ORIGIN is not used; there is one realm."),
        Key(
            "no-dynamic-realms", .droppedFlag, .noEffect, "Read no realms from a database",
            note: "There is one realm.", since: "4.5.1.2"),
        Key(
            "no-auth-pings", .droppedFlag, .noEffect, "Do not probe the database",
            note: "No database is used.", since: "4.5.1.2"),
    ]

    static let limits = [
        Key(
            "user-quota", .number(\.limits.allocationsPerUser, 0...1_000_000),
            "Allocations one user may hold; 0 is no bound of its own",
            standard: "40", unit: "allocations"),
        Key(
            "total-quota", .number(\.limits.allocations, 0...1_000_000),
            "Allocations of the whole server; 0 is as many as the port range holds",
            standard: "0", unit: "allocations"),
        Key(
            "permissions-per-allocation",
            .number(\.limits.permissionsPerAllocation, 1...4096),
            "Permissions one allocation may hold", standard: "128", unit: "permissions"
        ).own,
        Key(
            "permissions-per-user", .number(\.limits.permissionsPerUser, 1...1_000_000),
            "Permissions all allocations of one user may hold", standard: "1024",
            unit: "permissions"
        ).own,
        Key(
            "channels-per-allocation", .number(\.limits.channelsPerAllocation, 1...4096),
            "Channels one allocation may hold", standard: "128", unit: "channels"
        ).own,
        Key(
            "new-permissions-rate", .number(\.limits.newPermissionsPerSecond, 1...100_000),
            "New permissions of one user once the burst is spent",
            standard: "20", unit: "permissions per second"
        ).own,
        Key(
            "new-permissions-burst", .number(\.limits.newPermissionsBurst, 1...100_000),
            "New permissions of one user at once", standard: "200",
            unit: "permissions"
        ).own,
        Key(
            "max-bps", .number(\.limits.bytesPerSecondPerAllocation, 0...maxRate),
            "Traffic of one allocation, each direction; 0 is no bound",
            standard: "0", unit: "bytes per second"),
        Key(
            "user-bps", .number(\.limits.bytesPerSecondPerUser, 0...maxRate),
            "Traffic of all allocations of one user, both directions together; 0 is no bound",
            standard: "0", unit: "bytes per second"
        ).own,
        Key(
            "bps-capacity", .number(\.limits.bytesPerSecond, 0...maxRate),
            "Traffic of the whole server, both directions together; 0 is no bound",
            standard: "0", unit: "bytes per second"),
        Key(
            "max-allocate-lifetime", .seconds(\.limits.maxLifetime, 30...86_400),
            "Longest lifetime an allocation gets before it must refresh",
            standard: "3600", unit: "seconds", since: "4.5.0.5"),
        Key(
            "max-allocation-age", .seconds(\.limits.maxAllocationAge, 0...31_536_000),
            "Age at which an allocation ends in spite of refreshes; 0 is never",
            standard: "0", unit: "seconds"
        ).own,
        Key(
            "channel-lifetime", .seconds(\.limits.channelLifetime, 1...86_400),
            "Lifetime of a channel; clients count on 600", standard: "600", unit: "seconds",
            since: "4.5.0.5"),
        Key(
            "permission-lifetime", .seconds(\.limits.permissionLifetime, 1...86_400),
            "Lifetime of a permission; clients count on 300", standard: "300", unit: "seconds",
            since: "4.5.0.5"),
        Key(
            "unauthenticated-floor", .number(\.limits.unauthenticatedFloorBytes, 1500...maxRate),
            "Answers to unauthenticated packets that are always granted",
            standard: "125000", unit: "bytes per second"
        ).own,
        Key(
            "unauthenticated-factor", .number(\.limits.unauthenticatedFactor, 1...100),
            "How many times the bytes received such answers may be above the floor",
            standard: "4", unit: "times"
        ).own,
        Key(
            "unauthorized-ratelimit", .droppedFlag, .mapped, "Bound answers without credentials",
            note: "Always on: see `unauthenticated-floor` and `unauthenticated-factor`.",
            since: "4.14.0"),
        Key(
            "unauthorized-ratelimit-rps", .dropped, .mapped, "Bound answers without credentials",
            note: "Bytes are bounded: see `unauthenticated-floor` and `unauthenticated-factor`.",
            since: "4.14.0"),
    ]

    /// 1 TB/s: more than any network card, far from overflowing a token bucket.
    private static let maxRate = 1_000_000_000_000

    static let databases = [
        Key(
            "userdb", .dropped, .refused, "SQLite file with users and secrets", unit: "path",
            note: databaseNote),
        Key("db", .dropped, .refused, "Same as `userdb`", unit: "path", note: databaseNote),
        Key(
            "psql-userdb", .dropped, .refused, "PostgreSQL database with users",
            note: databaseNote
        ).secret,
        Key("sql-userdb", .dropped, .refused, "Same as `psql-userdb`", note: databaseNote).secret,
        Key(
            "mysql-userdb", .dropped, .refused, "MySQL database with users",
            note: databaseNote
        ).secret,
        Key(
            "mongo-userdb", .dropped, .refused, "MongoDB database with users",
            note: databaseNote
        ).secret,
        Key(
            "redis-userdb", .dropped, .refused, "Redis database with users",
            note: databaseNote
        ).secret,
        Key(
            "redis-statsdb", .dropped, .refused, "Redis database for statistics",
            note: "Statistics are on the admin socket."
        ).secret,
        Key(
            "secret-key-file", .dropped, .refused, "Key that decrypts database passwords",
            unit: "path", note: "No database is read.", since: "4.5.0.8"),
    ]

    private static let databaseNote =
        "No database is read: write its accounts as `user` lines and its secrets as"
        + " `static-auth-secret` lines."
}
