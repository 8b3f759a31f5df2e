import Primitives

/// The numbers by which hooks are told and asked; `docs/webhooks.md` says them to people.
enum HookRules {
    /// Events that wait or are on their way; a minute of a busy server.
    static let eventsMax = 10_000
    /// Their bodies together.
    static let bytesMax = 16 << 20
    /// How often an event is tried.
    static let triesMax = 5
    /// For a name, a connection, TLS, the request and the response together.
    static let tryPatience = Seconds(5)
    /// For one address of several, when the name has others.
    static let addressPatience = Seconds(2)
    /// Before the second try of an event, the third, and so on.
    static let eventDelays = [Seconds(1), Seconds(5), Seconds(25), Seconds(125)]
    /// The same for `push.requested`, which is over when the call stops ringing.
    static let pushDelays = [Seconds(1), Seconds(2), Seconds(4), Seconds(8)]
    /// A delay is this much shorter or longer by chance, in percent: events that failed together
    /// come back apart.
    static let jitterPercent: UInt64 = 25
    /// The longest delay that a server may ask for with Retry-After.
    static let retryAfterMax = Seconds(300)
    /// A push is tried this long at most: then nobody answers who has not been reached.
    static let pushPatience = Seconds(20)
    /// The response that is read.
    static let responseBytesMax = 65_536
    /// Requests at once with events of calls. Only so many calls can wait for a slow server.
    static let eventsAtOnce = 16
    /// Requests at once with pushes, which wait for no event.
    static let pushesAtOnce = 8
    /// Questions at once; each may have a connection.
    static let questionsMax = 64
    static let questionPatience = Seconds(5)
    /// So many events in a row without any response: the server is gone, and one at a time is
    /// tried until it is back.
    static let failuresMax = 16
    /// Between those.
    static let probePause = Seconds(1)
    /// Unused connections that are kept for each address.
    static let idleConnectionsMax = 16
    /// As long; servers close theirs after 5 to 75 s.
    static let idlePatience = Seconds(30)
    /// After so long a name is resolved again, while the known addresses go on being used.
    static let nameLifetime = Seconds(60)
    /// The longest name of a callee that is believed; what a token's `sub` may have.
    static let calleeBytesMax = 256
    /// Between two lines of the log about hooks that fail.
    static let noticePause = Seconds(60)
}
