import Crypto
import Primitives
import Testing

@testable import Probe

@Suite struct FrameBufferTests {
    @Test("Any segmentation of a stream gives the same frames")
    func segmentation() {
        let server = FakeServer()
        let message = server.receiveOutside([1, 2, 3], to: server.relayed(.main))[0].bytes
        let channel: [UInt8] = [0x40, 0, 0, 3, 7, 8, 9, 0]
        let stream = message + channel + message
        for size in [1, 3, 7, 20, stream.count] {
            var buffer = FrameBuffer()
            var frames: [[UInt8]] = []
            var offset = 0
            while offset < stream.count {
                let end = min(offset + size, stream.count)
                buffer.append(stream[offset..<end].span)
                offset = end
                while case .whole(let frame) = buffer.next() { frames.append(frame) }
            }
            #expect(frames == [message, Array(channel[..<7]), message])
        }
    }

    @Test(arguments: ["HTTP/1.1 400 Bad Request", "SSH-2.0-OpenSSH", "220 mail", "\u{15}\u{3}"])
    func whatIsNoFrameIsKnown(_ text: String) {
        var buffer = FrameBuffer()
        buffer.append(Array((text + "        ").utf8).span)
        guard case .invalid = buffer.next() else {
            Issue.record("'\(text)' may become a frame")
            return
        }
    }
}
