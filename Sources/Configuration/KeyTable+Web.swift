extension KeyTable {
    static let web = [
        Key(
            "api-key", .special,
            "Key with which an application asks for credentials over HTTP; without one nobody can",
            unit: "NAME:KEY"
        ).own.secret.repeatable,
        Key(
            "credentials-ttl", .seconds(\.web.credentialsLifetime, 60...86_400),
            "Lifetime of credentials issued over HTTP when no other is asked for",
            standard: "43200", unit: "seconds"
        ).own,
        Key(
            "cors-origin", .special,
            "Origin whose pages may read answers over HTTP and open WebSockets, beside https:// and"
                + " the names of this server; `null` for pages without one, `*` for every one",
            unit: "SCHEME://HOST[:PORT]"
        ).own.repeatable,
        Key(
            "public-name", .special,
            "Host name by which clients reach this server, written into the URIs they are told",
            unit: "host"
        ).own,
    ]
}
