/// Where the servers of the application are, and how they know that it is us.
struct HookSettings: Sendable, Hashable {
    /// Gets the events; nil: nobody wants them.
    var eventURL: String?
    /// Is asked who is meant by a chat; nil: every question is answered with nobody.
    var resolverURL: String?
    /// The key of every signature.
    var secret: [UInt8]
    /// Whether `eventURL` wakes telephones: else a `push.requested` is refused at once.
    var push: Bool
    /// PEM of the authorities to trust instead of those of the system.
    var caFile: String?

    init(
        eventURL: String? = nil, resolverURL: String? = nil, secret: [UInt8], push: Bool = false,
        caFile: String? = nil
    ) {
        self.eventURL = eventURL
        self.resolverURL = resolverURL
        self.secret = secret
        self.push = push
        self.caFile = caFile
    }
}

/// The key stays out of whatever prints the value; the URLs too, since one may hold a password.
extension HookSettings: CustomStringConvertible, CustomDebugStringConvertible {
    var description: String { "hook settings" }
    var debugDescription: String { description }
}
