import CLinux

/// Random bytes from the kernel, fetched in blocks. Not copyable, since a copy would repeat them.
package struct Entropy: ~Copyable, Sendable {
    private var block: [8 of UInt64] = [8 of UInt64](repeating: 0)
    private var remaining = 0

    package init() {}

    /// The next 64 random bits; each is handed out once.
    package mutating func next() -> UInt64 {
        if remaining == 0 { refill() }
        remaining -= 1
        let value = block[remaining]
        block[remaining] = 0
        return value
    }

    /// Fills `bytes` with random bytes straight from the kernel.
    package static func fill(_ bytes: UnsafeMutableRawBufferPointer) {
        let result = ts_random(bytes.baseAddress, bytes.count)
        precondition(result >= 0, "getrandom: \(Errno(rawValue: -result).name)")
    }

    /// `count` random bytes.
    package static func bytes(_ count: Int) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: count)
        result.withUnsafeMutableBytes { fill($0) }
        return result
    }

    private mutating func refill() {
        // A block of this size is one getrandom without any lock inside the kernel's generator.
        let result = withUnsafeMutableBytes(of: &block) { ts_random($0.baseAddress, $0.count) }
        precondition(result >= 0, "getrandom: \(Errno(rawValue: -result).name)")
        remaining = block.count
    }
}
