/// Who may use the admin socket: root, the daemon's own user, and the members of one group.
///
/// The mode of the socket's file says the same to the kernel; this asks again with what the kernel
/// vouches for, so that a file made readable by mistake opens nothing.
package struct AdminAccess: Hashable, Sendable {
    /// `admin-group`; nil: no group.
    package var group: UInt32?

    package init(group: UInt32? = nil) { self.group = group }

    /// The permission bits of the socket's file.
    package var fileMode: UInt32 { group == nil ? 0o600 : 0o660 }

    /// Whether a process of this user and these groups may; `daemonUser` is whom this process runs
    /// as by now.
    package func allows(user: UInt32, groups: [UInt32], daemonUser: UInt32) -> Bool {
        user == 0 || user == daemonUser || group.map(groups.contains) ?? false
    }
}
