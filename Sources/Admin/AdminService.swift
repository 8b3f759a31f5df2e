/// What the admin socket can ask of the daemon; the Appliance implements it.
///
/// Called on the control thread. An implementation may wait for the workers, but not longer than
/// a client would (a second): it then throws `AdminRefusal(.unavailable, ...)`. Nothing it says
/// may contain a secret, except the reply to `issueCredential`.
package protocol AdminService: ~Copyable {
    mutating func status() throws(AdminRefusal) -> StatusSnapshot

    /// Those that match `filter`, at most `filter.limit` of them
    /// (`AllocationList.init(_:filter:)` does both for a list of all).
    mutating func allocations(_ filter: AllocationFilter) throws(AdminRefusal) -> AllocationList

    /// Nil when there is none of that name, also when its slot was reused.
    mutating func allocation(_ id: AllocationName) throws(AdminRefusal) -> AllocationSnapshot?

    /// Ends what `order` names before it returns. A ban is set even when nothing was running.
    /// Nil when the order names one allocation and there is none of that name.
    mutating func kill(_ order: KillOrder) throws(AdminRefusal) -> KillReply?

    /// Throws `.notConfigured` when there is no shared secret to issue from.
    mutating func issueCredential(_ order: CredentialOrder) throws(AdminRefusal) -> CredentialReply
}

extension AdminService where Self: ~Copyable {
    /// Carries out one request of the socket.
    package mutating func answer(_ request: AdminRequest) -> AdminReply {
        do throws(AdminRefusal) {
            switch request {
            case .status: return .status(try status())
            case .allocations(let filter): return .allocations(try allocations(filter))
            case .allocation(let id):
                return try allocation(id).map(AdminReply.allocation) ?? Self.missing(id)
            case .kill(let order):
                if let reply = try kill(order) { return .killed(reply) }
                guard case .allocation(let id) = order.target else {
                    return .killed(KillReply(killed: 0))
                }
                return Self.missing(id)
            case .issueCredential(let order):
                return .credential(try issueCredential(order))
            }
        } catch {
            return .refused(error)
        }
    }

    private static func missing(_ id: AllocationName) -> AdminReply {
        .refused(
            AdminRefusal(.noSuchAllocation, "no allocation \(id); it may have ended meanwhile"))
    }
}
