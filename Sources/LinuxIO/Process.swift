import CLinux

/// This process, as the system sees it.
package enum Process {
    package static var id: Int32 { ts_process_id() }
    package static var user: UInt32 { ts_effective_user() }
    package static var group: UInt32 { ts_effective_group() }

    /// Ends the process with this code.
    package static func exit(_ code: Int32) -> Never { ts_exit(code) }

    /// Raises the limit of open files towards `wanted`; returns what the system granted, which is
    /// less when the hard limit is lower and the process may not raise that.
    package static func raiseOpenFiles(to wanted: Int) throws(SystemError) -> Int {
        var granted: UInt64 = 0
        try check(ts_raise_open_files(UInt64(clamping: wanted), &granted), "setrlimit")
        return Int(clamping: granted)
    }

    /// Makes room for `count` open descriptors now, 8 bytes of kernel memory each. Otherwise the
    /// kernel doubles the table while it fills, and in a process with threads each doubling holds
    /// the thread that opens a socket until all CPUs have passed a quiet moment: 10 ms or more
    /// without relaying. `count` is at most the limit of open files; call before threads start.
    package static func reserveDescriptors(_ count: Int) throws(SystemError) {
        try check(ts_reserve_descriptors(Int32(clamping: max(1, count))), "fcntl")
    }

    /// Runs a program that is looked for in PATH, with this process's environment and output, and
    /// waits for its end; returns its exit code, or 128 and the signal that ended it.
    package static func run(_ words: [String]) throws(SystemError) -> Int32 {
        var copies = words.map { $0.withCString { ts_copy_text($0) } }
        defer { for copy in copies { ts_free_text(copy) } }
        copies.append(nil)
        return try check(ts_run(&copies), "posix_spawn")
    }

    /// Sends SIGHUP, at which a daemon reads its configuration again.
    package static func hangUp(_ process: Int32) throws(SystemError) {
        try check(ts_hang_up(process), "kill")
    }

    /// A variable of the environment.
    package static func environment(_ name: String) -> String? {
        guard let value = ts_environment(name) else { return nil }
        return String(cString: value)
    }

    /// Bytes of memory resident now; 0 when the system does not tell.
    package static func residentBytes() -> Int {
        // proc(5): the second number of statm is the resident set, in pages of 4 KiB here.
        guard let text = try? File.readText("/proc/self/statm", max: 256) else { return 0 }
        let numbers = text.split(separator: " ")
        guard numbers.count > 1, let pages = Int(numbers[1]) else { return 0 }
        return pages * 4096
    }

    /// How many descriptors are open; 0 when the system does not tell.
    package static func openFiles() -> Int {
        // Since Linux 6.2 the size of the folder is the number (proc(5)); counting tens of
        // thousands of names would hold up the thread.
        if let size = try? File.status("/proc/self/fd")?.size, size > 0 { return size }
        // Without the folder's own descriptor while it is read.
        return max(((try? File.names(in: "/proc/self/fd"))?.count ?? 0) - 1, 0)
    }

    /// How many may be open; nil when the system does not tell.
    package static func openFilesMax() -> Int? {
        guard let text = try? File.readText("/proc/self/limits", max: 4096) else { return nil }
        let name = "Max open files"
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else {
            return nil
        }
        return line.dropFirst(name.utf8.count).split(separator: " ").first.flatMap { Int($0) }
    }
}

/// The machine's own names.
package enum Host {
    /// What `uname -n` prints.
    package static func name() -> String { text(ts_host_name) }

    /// The domain: as set by domainname, else what follows the first dot of the host's name;
    /// nil when there is neither.
    package static func domain() -> String? {
        let domain = text(ts_domain_name)
        if !domain.isEmpty { return domain }
        let name = name()
        guard let dot = name.firstIndex(of: ".") else { return nil }
        let rest = name[name.index(after: dot)...]
        return rest.isEmpty ? nil : String(rest)
    }

    private static func text(_ call: (UnsafeMutablePointer<CChar>?, Int) -> Int32) -> String {
        // utsname's fields have 65 bytes.
        var room = [CChar](repeating: 0, count: 65)
        guard call(&room, room.count) == 0 else { return "" }
        return String(
            decoding: room.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
