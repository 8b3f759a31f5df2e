import Glibc
import LinuxIO
import Testing

@Suite struct FileWatchTests {
    @Test func aFileWrittenOrReplacedIsSeen() throws {
        let directory = try TemporaryDirectory()
        let file = directory.path + "/cert.pem"
        try File.writeAtomically(file, [1], mode: 0o600)
        var watch = try FileWatch([file])
        expectChange(false, &watch)
        try AppendFile(path: file, mode: 0o600).write("x")
        expectChange(true, &watch)
        expectChange(false, &watch)
        try File.writeAtomically(file, [2], mode: 0o600)
        expectChange(true, &watch)
    }

    @Test func neighboursAreNot() throws {
        let directory = try TemporaryDirectory()
        let file = directory.path + "/cert.pem"
        try File.writeAtomically(file, [1], mode: 0o600)
        var watch = try FileWatch([file])
        try File.writeAtomically(directory.path + "/other.pem", [1], mode: 0o600)
        expectChange(false, &watch)
    }

    @Test func aFileThatComesLaterIsSeen() throws {
        let directory = try TemporaryDirectory()
        let file = directory.path + "/cert.pem"
        var watch = try FileWatch([file])
        try File.writeAtomically(file, [1], mode: 0o600)
        expectChange(true, &watch)
    }

    /// certbot writes a new file into `archive` and points the link in `live` at it.
    @Test func aLinkThatMovesIsSeenAndSoIsItsNewTarget() throws {
        let directory = try TemporaryDirectory()
        let (live, archive) = (directory.path + "/live", directory.path + "/archive")
        for path in [live, archive] { try File.makeDirectory(path, mode: 0o700) }
        defer {
            for path in [live, archive] {
                for name in (try? File.names(in: path)) ?? [] { unlink(path + "/" + name) }
                rmdir(path)
            }
        }
        try File.writeAtomically(archive + "/cert1.pem", [1], mode: 0o600)
        symlink("../archive/cert1.pem", live + "/cert.pem")
        var watch = try FileWatch([live + "/cert.pem"])

        try File.writeAtomically(archive + "/cert1.pem", [1, 1], mode: 0o600)
        expectChange(true, &watch)
        try File.writeAtomically(archive + "/cert2.pem", [2], mode: 0o600)
        expectChange(false, &watch)
        unlink(live + "/cert.pem")
        symlink("../archive/cert2.pem", live + "/cert.pem")
        expectChange(true, &watch)
        try File.writeAtomically(archive + "/cert2.pem", [2, 2], mode: 0o600)
        expectChange(true, &watch)
        try File.writeAtomically(archive + "/cert1.pem", [1], mode: 0o600)
        expectChange(false, &watch)
    }

    /// Kubernetes swaps the directory that the file is reached through.
    @Test func aLinkedDirectoryThatMovesIsSeen() throws {
        let directory = try TemporaryDirectory()
        let root = directory.path
        for name in ["one", "two"] {
            try File.makeDirectory(root + "/" + name, mode: 0o700)
            try File.writeAtomically(root + "/\(name)/tls.crt", [1], mode: 0o600)
        }
        defer {
            for name in ["one", "two"] {
                unlink(root + "/\(name)/tls.crt")
                rmdir(root + "/" + name)
            }
        }
        symlink("one", root + "/data")
        symlink("data/tls.crt", root + "/tls.crt")
        var watch = try FileWatch([root + "/tls.crt"])
        expectChange(false, &watch)
        symlink("two", root + "/data.new")
        expectChange(false, &watch)
        rename(root + "/data.new", root + "/data")
        expectChange(true, &watch)
        try File.writeAtomically(root + "/two/tls.crt", [2], mode: 0o600)
        expectChange(true, &watch)
    }

    @Test func aCircleOfLinksEnds() throws {
        let directory = try TemporaryDirectory()
        symlink("b", directory.path + "/a")
        symlink("a", directory.path + "/b")
        var watch = try FileWatch([directory.path + "/a"])
        expectChange(false, &watch)
    }
}

/// `#expect` cannot call what changes a value.
private func expectChange(
    _ wanted: Bool, _ watch: inout FileWatch, at location: SourceLocation = #_sourceLocation
) {
    let changed = watch.drain()
    #expect(changed == wanted, sourceLocation: location)
}
