import Reception
import Testing

@Suite struct ClientHelloTests {
    /// A message of 4 + 300 bytes.
    private static let message: [UInt8] = [1, 0, 1, 44] + (0..<300).map { UInt8($0 & 0xFF) }

    /// The message in records of `size` bytes.
    private static func records(_ size: Int) -> [UInt8] {
        stride(from: 0, to: message.count, by: size).flatMap { start in
            let part = message[start..<min(start + size, message.count)]
            return [22, 3, 1, UInt8(part.count >> 8), UInt8(part.count & 0xFF)] + Array(part)
        }
    }

    @Test(arguments: [1, 3, 4, 5, 100, 304])
    func itIsWholeWithItsLastByte(size: Int) {
        let bytes = Self.records(size)
        for count in 0..<bytes.count {
            #expect(!isWhole(Array(bytes.prefix(count))))
        }
        #expect(isWhole(bytes))
        #expect(isWhole(bytes + [20, 3, 3, 0, 1, 1]))
    }

    @Test(
        arguments: [
            // Another message, an empty record, a record of another kind behind a beginning.
            [22, 3, 1, 0, 5, 2], [22, 3, 1, 0, 0], [22, 3, 1, 0, 1, 1, 23, 3, 3, 0, 9],
        ] as [[UInt8]])
    func whatIsNoHelloIsNotWaitedFor(bytes: [UInt8]) {
        #expect(isWhole(bytes))
    }

    @Test func aVeryLongOneIsNotWaitedFor() {
        #expect(isWhole([22, 3, 1, 0x40, 0, 1, 0xFF, 0xFF, 0xFF]))
        let start: [UInt8] = [22, 3, 1, 0x40, 0, 1, 0, 0x40, 0]
        let long = start + [UInt8](repeating: 0, count: ClientHello.lengthMax - start.count)
        #expect(isWhole(long))
        #expect(!isWhole(Array(long.dropLast())))
    }

    private func isWhole(_ bytes: [UInt8]) -> Bool { ClientHello.isWhole(bytes.span) }
}
