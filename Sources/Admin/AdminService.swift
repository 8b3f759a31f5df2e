/// What the admin socket can ask of the daemon; the Appliance implements it.
///
/// Called on the control thread. An implementation may wait for the workers, but not longer than
/// a client would (a second): it then answers `AdminRefusal(.unavailable, ...)`. Nothing it says
/// may contain a secret, except the reply to `issueCredential`.
package protocol AdminService: ~Copyable {
    /// Carries out one request. What it ends has ended when this returns.
    mutating func answer(_ request: AdminRequest) -> AdminReply
}
