import Crypto
import Testing

@Suite struct DTLSRecordsTests {
    @Test func encryptedRecordsAreCounted() {
        #expect(count([]) == 0)
        #expect(count(record(epoch: 0, length: 5)) == 0)
        #expect(count(record(epoch: 1, length: 0)) == 1)
        #expect(count(record(epoch: 256, length: 3)) == 1)
        let mixed = record(epoch: 0, length: 300) + record(epoch: 1, length: 40)
        #expect(count(mixed + record(epoch: 2, length: 1)) == 2)
        #expect(count(mixed + [22, 0xfe, 0xfd, 0, 1]) == 1, "no whole header")
        #expect(count(record(epoch: 1, length: 40).dropLast(20)) == 1, "cut short")
    }

    private func record(epoch: Int, length: Int) -> [UInt8] {
        [22, 0xfe, 0xfd, UInt8(epoch >> 8), UInt8(epoch & 255), 0, 0, 0, 0, 0, 1]
            + [UInt8(length >> 8), UInt8(length & 255)] + [UInt8](repeating: 1, count: length)
    }

    private func count(_ bytes: some Sequence<UInt8>) -> Int {
        Array(bytes).withUnsafeBytes { DTLSRecords.protectedCount(in: $0) }
    }
}
