import Configuration
import LinuxIO
import Testing

@testable import Appliance

@Suite struct ConfiguredSocketTests {
    private func path(_ text: String) -> String {
        ConfiguredSocket.path(in: Configuration.parse(text, file: "f").1)
    }

    @Test func theLastLineCounts() {
        #expect(path("realm=r\n") == "/run/turnstone/admin.sock")
        #expect(path("admin-socket=/a\n admin-socket = \"/b c\"\n") == "/b c")
        #expect(path("admin-socket=\n") == "")
    }

    /// The reload is to fail with the daemon's reason, not for want of a daemon.
    @Test func aFileWithErrorsNamesItToo() {
        let text = "admin-socket=/a\nuser-quota=many\n"
        #expect(!Configuration.parse(text, file: "f").1.starts)
        #expect(path(text) == "/a")
    }

    @Test func aFileThatCannotBeReadSaysWhy() throws {
        let file = "/tmp/ts-socket-\(UInt64.random(in: 0...(.max)))"
        #expect(throws: ConfigurationUnreadable.self) {
            _ = try ConfiguredSocket.path(inFile: file)
        }
        try File.writeAtomically(file, Array("admin-socket=/a\n".utf8), mode: 0o600)
        defer { try? File.remove(file) }
        #expect(try ConfiguredSocket.path(inFile: file) == "/a")
    }
}
