import CLinux

/// Small files, read and written whole.
package enum File {
    package struct Status: Hashable, Sendable {
        /// Size in bytes.
        package let size: Int
        package let identity: Identity
        /// Permission bits.
        package let mode: UInt32
        package let user: UInt32
        package let group: UInt32
        package let isRegular: Bool
        package let isDirectory: Bool
        package let isSocket: Bool
    }

    /// The same for all names of one file, and for no other file.
    package struct Identity: Hashable, Sendable, CustomStringConvertible {
        package let device: UInt64
        package let inode: UInt64

        /// As in JOURNAL_STREAM (systemd.exec(5)).
        package var description: String { "\(device):\(inode)" }
    }

    /// Follows links; nil when there is no such file.
    package static func status(_ path: String) throws(SystemError) -> Status? {
        var status = ts_file_status()
        let result = ts_file_status(path, &status)
        if result == -Errno.noSuchFile.rawValue { return nil }
        try check(result, "stat")
        return Status(
            size: Int(clamping: status.size),
            identity: Identity(device: status.device, inode: status.inode), mode: status.mode,
            user: status.uid,
            group: status.gid, isRegular: status.isRegular != 0,
            isDirectory: status.isDirectory != 0, isSocket: status.isSocket != 0)
    }

    /// The whole file. A file above `max` bytes is `messageTooLong`, not cut.
    package static func read(_ path: String, max: Int) throws(SystemError) -> [UInt8] {
        let file = FileDescriptor(owning: try check(ts_open_read(path), "open"))
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: min(max + 1, 65_536))
        while true {
            let count = block.withUnsafeMutableBytes { ts_read(file.raw, $0.baseAddress, $0.count) }
            guard try check(count, "read") > 0 else { return bytes }
            bytes += block.prefix(Int(count))
            guard bytes.count <= max else { throw SystemError(.messageTooLong, call: "read") }
        }
    }

    /// As `read`, as UTF-8 with bad bytes replaced.
    package static func readText(_ path: String, max: Int) throws(SystemError) -> String {
        String(decoding: try read(path, max: max), as: UTF8.self)
    }

    /// Replaces the file in one step: after a crash it is the old or the new one, never half.
    /// The permission bits are exact.
    package static func writeAtomically(
        _ path: String, _ bytes: [UInt8], mode: UInt32
    ) throws(SystemError) {
        var entropy = Entropy()
        let temporary = "\(path).\(String(entropy.next(), radix: 36))"
        do throws(SystemError) {
            let file = FileDescriptor(owning: try check(ts_create(temporary, mode), "open"))
            try writeAll(file.raw, bytes)
            try check(ts_sync(file.raw), "fsync")
            try check(ts_rename(temporary, path), "rename")
        } catch {
            _ = ts_unlink(temporary)
            throw error
        }
        try check(ts_sync_directory(directory(of: path)), "fsync")
    }

    /// Makes a directory; one that exists is fine. The parent must exist.
    package static func makeDirectory(_ path: String, mode: UInt32) throws(SystemError) {
        let result = ts_make_directory(path, mode)
        if result != -Errno.exists.rawValue { try check(result, "mkdir") }
    }

    /// Gives a file another name, in the place of any that has it.
    package static func rename(_ path: String, to name: String) throws(SystemError) {
        try check(ts_rename(path, name), "rename")
    }

    /// Removes a file; none is fine.
    package static func remove(_ path: String) throws(SystemError) {
        let result = ts_unlink(path)
        if result != -Errno.noSuchFile.rawValue { try check(result, "unlink") }
    }

    package static func changeOwner(
        _ path: String, user: UInt32, group: UInt32
    ) throws(SystemError) {
        try check(ts_change_owner(path, user, group), "chown")
    }

    /// The names in a directory, unsorted, `max` of them at most.
    package static func names(in path: String, max: Int = 1 << 20) throws(SystemError) -> [String] {
        var list = NameList(max: max)
        let result = withUnsafeMutablePointer(to: &list) { list in
            ts_list(path, { addName($0, $1) }, list)
        }
        try check(result, "opendir")
        return list.names
    }

    /// What a symbolic link points at.
    package static func linkTarget(_ path: String) throws(SystemError) -> String {
        var room = [CChar](repeating: 0, count: 4096)
        let length = try check(ts_read_link(path, &room, room.count), "readlink")
        return String(
            decoding: room.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static func writeAll(_ raw: Int32, _ bytes: [UInt8]) throws(SystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { ts_write(raw, $0.baseAddress, $0.count) }
            rest = rest.dropFirst(Int(try check(count, "write")))
        }
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

private struct NameList {
    let max: Int
    var names: [String] = []
}

private func addName(_ context: UnsafeMutableRawPointer?, _ name: UnsafePointer<CChar>?) -> Int32 {
    guard let list = context?.assumingMemoryBound(to: NameList.self), let name else { return 0 }
    list.pointee.names.append(String(cString: name))
    return list.pointee.names.count < list.pointee.max ? 1 : 0
}
