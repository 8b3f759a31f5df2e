import LinuxIO
import Testing

@Suite struct FileTests {
    @Test func filesAreReplacedWhole() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/state"
        try File.writeAtomically(path, [1, 2, 3], mode: 0o640)
        #expect(try File.read(path, max: 3) == [1, 2, 3])
        #expect(try File.status(path)?.mode == 0o640)
        try File.writeAtomically(path, [], mode: 0o666)
        #expect(try File.read(path, max: 0) == [])
        #expect(try File.status(path)?.mode == 0o666)
        #expect(try File.names(in: directory.path) == ["state"])
    }

    @Test func aFileAboveTheBoundIsRefused() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/big"
        try File.writeAtomically(path, [UInt8](repeating: 1, count: 100_000), mode: 0o600)
        #expect(throws: SystemError(.messageTooLong, call: "read")) {
            _ = try File.read(path, max: 99_999)
        }
        #expect(try File.read(path, max: 100_000).count == 100_000)
    }

    @Test func whatIsNotThereSaysSo() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/nothing"
        #expect(try File.status(path) == nil)
        try File.remove(path)
        #expect(throws: SystemError(.noSuchFile, call: "open")) { _ = try File.read(path, max: 1) }
        #expect(throws: SystemError(.noSuchFile, call: "open")) {
            try File.writeAtomically(path + "/deeper", [1], mode: 0o600)
        }
    }

    @Test func directoriesAreMadeOnce() throws {
        let directory = try TemporaryDirectory()
        try File.makeDirectory(directory.path, mode: 0o700)
        #expect(try File.status(directory.path)?.isDirectory == true)
        #expect(try File.linkTarget("/proc/self/exe").isEmpty == false)
    }
}
