import Admin
import Configuration
import LinuxIO

/// A file that the daemon made as root and needs afterwards.
struct OwnedFile: Sendable {
    var path: String
    /// The group it shall have; nil: that of the daemon's user.
    var group: UInt32?
}

/// What the process may hold and be.
enum ProcessLimits {
    /// Descriptors beside relays, connections and listeners: standard streams, log, signals,
    /// admin clients, files of a reload, watches, and an epoll with wake-ups for each worker.
    static func reserve(workers: Int) -> Int {
        24 + AdminConnection.connectionsMax + 4 * workers
    }

    /// Raises the limit of open files to what `files` wants, as far as the system allows.
    ///
    /// - Parameter isRunning: there are threads by now, so the table of descriptors grows when it
    ///   has to; else room for all is made at once.
    static func raise(for files: OpenFiles, isRunning: Bool) -> OpenFiles.Shares {
        let granted = (try? Process.raiseOpenFiles(to: files.wanted)) ?? files.fixed
        // Without it everything works, only with pauses while the table grows.
        if !isRunning { try? Process.reserveDescriptors(min(files.wanted, granted)) }
        return files.shares(of: granted)
    }

    /// Leaves root for the configured user, with no more than the capabilities needed later:
    /// low ports for reloads, interfaces where sockets are bound to one.
    ///
    /// The user comes to own `files`: secrets to read again at a reload, the admin socket; and
    /// `listeners`, beside which it may open others then.
    /// `certificates` are read again later: where the user may not, the right to read stays, at
    /// rest. Returns lines for the log.
    static func dropPrivileges(
        _ settings: ServerConfiguration.ProcessSettings, bindsDevices: Bool,
        owning files: [OwnedFile], sharing listeners: [TCPListener],
        reading certificates: [String]
    ) throws(StartFailure) -> [String] {
        try? Privileges.setDumpable(false)
        let keep: Capabilities = bindsDevices ? [.bindInterfaces] : []
        let first = certificates.isEmpty ? keep : keep.union(.readFiles)
        let what = "cannot give up privileges"
        try attempt(what) { () throws(SystemError) in try Privileges.forbidGains() }
        guard Privileges.isRoot else {
            try attempt(what) { () throws(SystemError) in _ = try Privileges.limit(to: first) }
            return try restReading(certificates, keeping: keep)
        }
        let account = try account(settings)
        for file in files {
            try attempt(file.path) { () throws(SystemError) in
                try File.changeOwner(
                    file.path, user: account.user, group: file.group ?? account.group)
            }
        }
        // Without it a reload can do less; the start goes on.
        for listener in listeners { try? listener.changeOwner(to: account.user) }
        try attempt(what) { () throws(SystemError) in
            _ = try Privileges.become(
                user: account.user, group: account.group, keeping: first)
        }
        return ["running as \(account.name), user \(account.user), group \(account.group)"]
            + (try restReading(certificates, keeping: keep))
    }

    /// Gives up the right to read everything, or where a certificate needs it lays it to rest.
    /// What certbot makes is for root alone, and renewed while the daemon runs.
    private static func restReading(
        _ certificates: [String], keeping keep: Capabilities
    ) throws(StartFailure) -> [String] {
        let what = "cannot give up privileges"
        let isHeld = try attempt(what) { () throws(SystemError) in
            try Privileges.rest(.readFiles)
        }
        guard isHeld else { return [] }
        let closed = certificates.first { path in
            do throws(SystemError) {
                _ = try File.read(path, max: 1 << 20)
                return false
            } catch {
                return error.errno == .accessDenied
            }
        }
        guard let closed else {
            try attempt(what) { () throws(SystemError) in _ = try Privileges.limit(to: keep) }
            return []
        }
        return [
            "\(closed) is not for this user: CAP_DAC_READ_SEARCH is kept, and in effect only while "
                + "certificates are read"
        ]
    }

    /// `proc-user`, else `turnstone`, else `nobody`.
    private static func account(
        _ settings: ServerConfiguration.ProcessSettings
    ) throws(StartFailure) -> (name: String, user: UInt32, group: UInt32) {
        let names = settings.user.map { [$0] } ?? ["turnstone", "nobody"]
        for name in names {
            let entry = try attempt("proc-user") { () throws(SystemError) in
                try Accounts.user(named: name)
            }
            guard let entry else { continue }
            guard let group = settings.group else { return (name, entry.user, entry.group) }
            let id = try attempt("proc-group") { () throws(SystemError) in
                try Accounts.group(named: group)
            }
            guard let id else { throw StartFailure("proc-group: there is no group \(group)") }
            return (name, entry.user, id)
        }
        throw StartFailure("proc-user: there is no user \(names.joined(separator: " or "))")
    }
}
