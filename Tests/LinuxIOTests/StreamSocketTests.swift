import CPacket
import Testing

@testable import LinuxIO

@Suite struct StreamSocketTests {
    @Test("Linked segments arrive as one stream: headers, payloads, padding, in link order")
    func gathers() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/socket"
        let listener = try UnixListener(path: path, mode: 0o600)
        let client = try UnixConnection(path: path, timeoutMilliseconds: 2_000)
        guard let stream = try listener.accept() else {
            Issue.record("nobody connected")
            return
        }
        let headers: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
        let payloads: [UInt8] = Array(10..<30)
        let segments = [
            ts_segment(
                headerOffset: 4, payloadOffset: 2, payloadLength: 3, headerLength: 4, padding: 1,
                next: 2),
            ts_segment(
                headerOffset: 0, payloadOffset: 0, payloadLength: 0, headerLength: 0, padding: 0,
                next: UInt32.max),
            ts_segment(
                headerOffset: 0, payloadOffset: 10, payloadLength: 2, headerLength: 2, padding: 2,
                next: UInt32.max),
        ]
        let result = try Stream.write(
            stream.raw, segments: segments, first: 0, headers: headers, payloads: payloads)
        #expect(result == .done(14))
        #expect(try client.read() == [5, 6, 7, 8, 12, 13, 14, 0, 1, 2, 20, 21, 0, 0])
    }
}
