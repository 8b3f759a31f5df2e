import CLinux

/// A power of root that a process can hold singly (capabilities(7)).
package struct Capabilities: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Bind ports below 1024.
    package static let bindLowPorts = Capabilities(rawValue: TS_CAPABILITY_NET_BIND_SERVICE)
    /// Bind sockets to interfaces.
    package static let bindInterfaces = Capabilities(rawValue: TS_CAPABILITY_NET_RAW)
    /// Socket buffers above the system's limit, kernel offload.
    package static let administerNetwork = Capabilities(rawValue: TS_CAPABILITY_NET_ADMIN)
    /// Read every file and list every directory.
    package static let readFiles = Capabilities(rawValue: TS_CAPABILITY_DAC_READ_SEARCH)
}

/// The users and groups of the system.
package enum Accounts {
    /// The number of the user and of its own group; nil when there is no such user.
    package static func user(
        named name: String
    ) throws(SystemError) -> (user: UInt32, group: UInt32)? {
        var (uid, gid): (UInt32, UInt32) = (0, 0)
        let result = ts_user(name, &uid, &gid)
        if result == -Errno.noSuchFile.rawValue { return nil }
        try check(result, "getpwnam_r")
        return (uid, gid)
    }

    package static func group(named name: String) throws(SystemError) -> UInt32? {
        var gid: UInt32 = 0
        let result = ts_group_id(name, &gid)
        if result == -Errno.noSuchFile.rawValue { return nil }
        try check(result, "getgrnam_r")
        return gid
    }

    /// The name of a user; nil when the number has none.
    package static func name(ofUser user: UInt32) -> String? {
        // LOGIN_NAME_MAX is 256 with its terminator.
        var room = [CChar](repeating: 0, count: 256)
        guard ts_user_name(user, &room, room.count) == 0 else { return nil }
        return String(
            decoding: room.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// What the process may do. All of this acts on the calling thread first of all: call it before
/// any other thread starts.
package enum Privileges {
    /// True for root, which has everything to lose.
    package static var isRoot: Bool { Process.user == 0 }

    package static func has(_ capability: Capabilities) -> Bool {
        ts_has_capability(capability.rawValue) == 1
    }

    /// Becomes `user` and `group` for good, in no other group, with only the capabilities `keep`.
    /// Needs root. Returns what was kept.
    @discardableResult
    package static func become(
        user: UInt32, group: UInt32, keeping keep: Capabilities
    ) throws(SystemError) -> Capabilities {
        try check(ts_become(user, group, keep.rawValue), "setresuid")
        return try limit(to: keep)
    }

    /// Gives up every capability outside `keep`. Returns which of those the process holds.
    @discardableResult
    package static func limit(to keep: Capabilities) throws(SystemError) -> Capabilities {
        var kept: UInt32 = 0
        try check(ts_limit_capabilities(keep.rawValue, &kept), "capset")
        return Capabilities(rawValue: kept)
    }

    /// Puts a kept capability out of effect until something needs it; false when it is not kept.
    @discardableResult
    package static func rest(_ capability: Capabilities) throws(SystemError) -> Bool {
        try check(ts_set_effective(capability.rawValue, 0), "capset") == 1
    }

    /// Runs `body` on this thread with `readFiles` in effect, if that was kept and rests.
    package static func reading<Value: ~Copyable, Failure: Error>(
        _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let wasResting = !has(.readFiles)
        if wasResting { _ = ts_set_effective(Capabilities.readFiles.rawValue, 1) }
        defer { if wasResting { _ = ts_set_effective(Capabilities.readFiles.rawValue, 0) } }
        return try body()
    }

    /// No program started from here can gain privileges (PR_SET_NO_NEW_PRIVS).
    package static func forbidGains() throws(SystemError) {
        try check(ts_forbid_new_privileges(), "prctl")
    }

    /// Whether other processes of the same user may read this one's memory, and whether a crash
    /// leaves a core file: both hold secrets (PR_SET_DUMPABLE).
    package static func setDumpable(_ on: Bool) throws(SystemError) {
        try check(ts_set_dumpable(on ? 1 : 0), "prctl")
    }
}
