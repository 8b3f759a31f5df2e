import CLinux

/// Says when files change, however they are replaced: written in place, renamed over, or reached
/// by a symbolic link that is pointed elsewhere (certbot's `live/` into `archive/`, Kubernetes'
/// `..data`).
///
/// Watched are directories, each for the names that lead to a file: of the file itself, of every
/// link on the way, and of the first part that does not exist yet. One change gives many notices,
/// so the caller waits for quiet before it reads the files.
package struct FileWatch: ~Copyable {
    private let descriptor: FileDescriptor
    private let files: [String]
    /// The names that matter in each watched directory, by the kernel's number for it.
    private var names: [Int32: Set<String>] = [:]

    /// Watches `files`, absolute paths that need not exist.
    package init(_ files: [String]) throws(SystemError) {
        descriptor = FileDescriptor(owning: try check(ts_watch_open(), "inotify_init"))
        self.files = files
        follow()
    }

    /// Readable when something in a watched directory changed.
    package var raw: Int32 { descriptor.raw }

    /// Takes the notices; true when one of the files, or the way to it, may have changed.
    package mutating func drain() -> Bool {
        var notices = Notices()
        let count = withUnsafeMutablePointer(to: &notices) { notices in
            ts_watch_drain(descriptor.raw, { addNotice($0, $1, $2) }, notices)
        }
        guard count > 0 else { return false }
        let hit = notices.all.contains { number, name in
            number < 0 || name.isEmpty || names[number]?.contains(name) == true
        }
        // A link that moved leads through other directories now.
        if hit { follow() }
        return hit
    }

    /// Watches what leads to the files now, and forgets what led there before.
    private mutating func follow() {
        var wanted: [Int32: Set<String>] = [:]
        for file in files {
            for step in PathSteps.of(file) {
                // A directory that may not be read is seen when the one above it changes.
                let number = ts_watch_add(descriptor.raw, step.directory)
                guard number >= 0 else { continue }
                wanted[number, default: []].insert(step.name)
            }
        }
        for number in names.keys where wanted[number] == nil {
            _ = ts_watch_remove(descriptor.raw, number)
        }
        names = wanted
    }
}

/// The directory entries that decide which file a path means.
enum PathSteps {
    struct Step: Hashable {
        var directory: String
        var name: String
    }

    /// path_resolution(7): more links than this in one path are an error.
    private static let linksMax = 40

    static func of(_ path: String) -> [Step] {
        var steps: [Step] = []
        var rest = parts(of: path)
        var directory = "/"
        var links = 0
        while let name = rest.popLast() {
            let here = Step(directory: directory, name: name)
            let full = directory == "/" ? "/\(name)" : "\(directory)/\(name)"
            if name == ".." {
                directory = parent(of: directory)
            } else if let target = try? File.linkTarget(full) {
                steps.append(here)
                links += 1
                guard links <= linksMax else { return steps }
                if target.hasPrefix("/") { directory = "/" }
                rest += parts(of: target)
            } else if rest.isEmpty || (try? File.status(full)) == nil {
                steps.append(here)
                return steps
            } else {
                directory = full
            }
        }
        return steps
    }

    /// The names of a path, last first.
    private static func parts(of path: String) -> [String] {
        path.split(separator: "/").filter { $0 != "." }.reversed().map(String.init)
    }

    private static func parent(of directory: String) -> String {
        let slash = directory.lastIndex(of: "/") ?? directory.startIndex
        return slash == directory.startIndex ? "/" : String(directory[..<slash])
    }
}

private struct Notices {
    var all: [(number: Int32, name: String)] = []
}

private func addNotice(
    _ context: UnsafeMutableRawPointer?, _ number: Int32, _ name: UnsafePointer<CChar>?
) {
    guard let notices = context?.assumingMemoryBound(to: Notices.self), let name else { return }
    notices.pointee.all.append((number, String(cString: name)))
}
