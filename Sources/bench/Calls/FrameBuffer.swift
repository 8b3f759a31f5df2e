import CBench

/// Where clients write their frames, one behind the other; one buffer serves all clients.
///
/// Frames are masked with zeros: the server does the same work for any mask, and the generator
/// none.
final class FrameBuffer {
    private static let size = 1 << 20
    /// Of a masked frame of 126 to 65,535 bytes (RFC 6455 §5.2).
    private static let headerMax = 8

    private let room = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
    private var frameStart = 0
    private var end = 0

    deinit { room.deallocate() }

    var isEmpty: Bool { frameStart == 0 }
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: room, count: frameStart) }
    func removeAll() { frameStart = 0 }

    /// Begins a frame: its payload follows.
    func begin() { end = frameStart + Self.headerMax }

    func append(_ text: [UInt8]) {
        (room + end).copyMemory(from: text, byteCount: text.count)
        end += text.count
    }

    func append(_ text: StaticString) {
        (room + end).copyMemory(from: text.utf8Start, byteCount: text.utf8CodeUnitCount)
        end += text.utf8CodeUnitCount
    }

    func append(_ number: Int) {
        var (left, digits) = (number, 1)
        while left >= 10 { (left, digits) = (left / 10, digits + 1) }
        left = number
        for place in (0..<digits).reversed() {
            room.storeBytes(
                of: UInt8(ascii: "0") + UInt8(left % 10), toByteOffset: end + place,
                as: UInt8.self)
            left /= 10
        }
        end += digits
    }

    /// Ends the frame and puts its header in front.
    func finish(opcode: UInt8 = 1) {
        let payload = frameStart + Self.headerMax
        let count = end - payload
        let header = count < 126 ? 6 : 8
        if header < Self.headerMax {
            (room + frameStart + header).copyMemory(from: room + payload, byteCount: count)
            store(UInt16(0x8080 | Int(opcode) << 8 | count), frameStart)
        } else {
            store(UInt16(0x8080 | Int(opcode) << 8 | 126), frameStart)
            store(UInt16(count), frameStart + 2)
        }
        (room + frameStart + header - 4).storeBytes(of: 0, as: UInt32.self)
        frameStart += header + count
        precondition(frameStart < Self.size - 65_536, "frames beyond the buffer")
    }

    private func store(_ value: UInt16, _ offset: Int) {
        room.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt16.self)
    }
}
