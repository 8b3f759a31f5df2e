import LinuxIO
import Testing

@Suite struct UnixSocketTests {
    @Test func bytesAndCredentialsCrossIt() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/admin.sock"
        let listener = try UnixListener(path: path, mode: 0o660)
        #expect(try listener.accept() == nil ? true : false)
        #expect(try File.status(path)?.mode == 0o660)
        #expect(try File.status(path)?.isSocket == true)
        let client = try UnixConnection(path: path, timeoutMilliseconds: 1000)
        let accepted = try listener.accept()
        guard let server = accepted else {
            Issue.record("nobody came")
            return
        }
        let peer = try server.peerCredentials()
        #expect(peer.processID == Process.id)
        #expect(peer.user == Process.user)
        try client.write([1, 2, 3])
        #expect(try read(server) == .done(3))
        #expect(try read(server) == .wouldBlock)
        #expect(try [4, 5].withUnsafeBytes { try server.write($0) } == .done(16))
        #expect(try client.read(max: 100).count == 16)
        try client.finishWriting()
        #expect(try read(server) == .done(0))
    }

    @Test func aStaleNodeIsReplacedAndALiveOneIsNot() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/s"
        // A second name keeps the node when its listener goes: what a killed process leaves.
        let stale = try UnixListener(path: path, mode: 0o600)
        #expect(throws: SystemError(.addressInUse, call: "bind")) {
            _ = try UnixListener(path: path, mode: 0o600)
        }
        try directory.keepNode(stale, at: path)
        #expect(try File.status(path)?.isSocket == true)
        let fresh = try UnixListener(path: path, mode: 0o640)
        #expect(try File.status(fresh.path)?.mode == 0o640)
    }

    @Test func aFileIsNeverReplaced() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/file"
        try File.writeAtomically(path, [1], mode: 0o600)
        #expect(throws: SystemError.self) { _ = try UnixListener(path: path, mode: 0o600) }
        #expect(try File.read(path, max: 10) == [1])
    }

    @Test func aSilentServerRunsIntoTheTimeout() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/s"
        let listener = try UnixListener(path: path, mode: 0o600)
        let client = try UnixConnection(path: path, timeoutMilliseconds: 20)
        #expect(throws: SystemError(.timedOut, call: "read")) { _ = try client.read() }
        #expect(listener.raw >= 0)
    }

    @Test func writingToAClosedPeerIsAnErrorNotASignal() throws {
        let directory = try TemporaryDirectory()
        let listener = try UnixListener(path: directory.path + "/s", mode: 0o600)
        let client = try UnixConnection(path: listener.path, timeoutMilliseconds: 1000)
        _ = try listener.accept()
        #expect(throws: SystemError(.brokenPipe, call: "send")) { try client.write([1]) }
    }

    private func read(_ socket: borrowing StreamSocket) throws -> IOResult<Int> {
        var buffer = [UInt8](repeating: 0, count: 100)
        return try buffer.withUnsafeMutableBytes { try socket.read(into: $0) }
    }
}
