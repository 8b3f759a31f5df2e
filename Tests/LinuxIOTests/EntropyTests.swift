import LinuxIO
import Testing

@Suite struct EntropyTests {
    @Test func numbersDoNotRepeat() {
        var entropy = Entropy()
        var seen: Set<UInt64> = []
        for _ in 0..<1000 { seen.insert(entropy.next()) }
        #expect(seen.count == 1000)
        #expect(seen.reduce(0, |) == .max)
    }

    @Test func bytesFillTheWholeBuffer() {
        let bytes = Entropy.bytes(4096)
        #expect(bytes.count == 4096)
        #expect(Set(bytes).count > 200)
        #expect(Entropy.bytes(16) != Entropy.bytes(16))
    }
}
