/// The ports of one relay address as bits: who may draw which, and which are taken.
struct PortBlocks: Sendable {
    private let ports: ClosedRange<UInt16>
    /// Ports per block: a power of two from 2 to 64, so that no block crosses a word.
    private let blockSize: Int
    /// One bit per port, from the word that holds the lowest port.
    private var taken: [UInt64]
    /// For each worker the ports of its blocks; every port of the range has one owner.
    private var owned: [[UInt64]]
    /// Taken ports outside the range, which a reload has moved; nobody draws them again.
    private var outside: Set<UInt16> = []
    private(set) var countInUse = 0

    /// Bits of even ports: words begin at multiples of 64.
    private static let even: UInt64 = 0x5555_5555_5555_5555

    /// `held` are taken from the start, also those outside `ports`.
    init(ports: ClosedRange<UInt16>, workers: Int, taken held: [UInt16] = []) {
        self.ports = ports
        let wordCount = Int(ports.upperBound >> 6) - Int(ports.lowerBound >> 6) + 1
        taken = Array(repeating: 0, count: wordCount)
        owned = Array(repeating: taken, count: workers)
        // At least eight blocks for each worker where the range allows: shares stay even, and
        // a borrowed block is a small part of what the lender has.
        var size = 64
        while size > 2, ports.count / size < 8 * workers { size /= 2 }
        blockSize = size
        let firstBlock = Int(ports.lowerBound) / size
        let blockCount = Int(ports.upperBound) / size - firstBlock + 1
        for port in ports {
            let worker = (Int(port) / size - firstBlock) * workers / blockCount
            let (word, bit) = place(port)
            owned[worker][word] |= bit
        }
        for port in held { hold(port) }
    }

    private mutating func hold(_ port: UInt16) {
        countInUse += 1
        guard ports.contains(port) else {
            outside.insert(port)
            return
        }
        let (word, bit) = place(port)
        taken[word] |= bit
    }

    /// Every port taken now, in no order.
    var allTaken: [UInt16] {
        ports.filter { isInUse($0) } + outside
    }

    mutating func draw(_ shape: PortShape, _ worker: Int, _ entropy: UInt64) -> UInt16? {
        if let port = drawOwn(shape, worker, entropy) { return port }
        guard borrow(shape, for: worker) else { return nil }
        return drawOwn(shape, worker, entropy)
    }

    mutating func release(_ port: UInt16) {
        precondition(isInUse(port), "relay port released twice")
        countInUse -= 1
        if outside.remove(port) != nil { return }
        let (word, bit) = place(port)
        taken[word] &= ~bit
    }

    func isInUse(_ port: UInt16) -> Bool {
        guard ports.contains(port) else { return outside.contains(port) }
        let (word, bit) = place(port)
        return taken[word] & bit != 0
    }

    private func place(_ port: UInt16) -> (word: Int, bit: UInt64) {
        (Int(port >> 6) - Int(ports.lowerBound >> 6), 1 << UInt64(port & 63))
    }

    /// The ports in a word at which `shape` fits, among those of `worker`.
    private func candidates(_ shape: PortShape, _ worker: Int, _ word: Int) -> UInt64 {
        let free = owned[worker][word] & ~taken[word]
        return switch shape {
        case .any: free
        case .even: free & Self.even
        case .pair: free & free >> 1 & Self.even
        }
    }

    private mutating func drawOwn(
        _ shape: PortShape, _ worker: Int, _ entropy: UInt64
    ) -> UInt16? {
        var total = 0
        for word in taken.indices { total += candidates(shape, worker, word).nonzeroBitCount }
        guard total > 0 else { return nil }
        // Uniform but for a part in 2^48: the product's upper half is below `total`.
        var remaining = Int(entropy.multipliedFullWidth(by: UInt64(total)).high)
        for word in taken.indices {
            var bits = candidates(shape, worker, word)
            guard remaining >= bits.nonzeroBitCount else {
                for _ in 0..<remaining { bits &= bits - 1 }
                return take(word, UInt64(1) << UInt64(bits.trailingZeroBitCount), shape)
            }
            remaining -= bits.nonzeroBitCount
        }
        return nil
    }

    private mutating func take(_ word: Int, _ bit: UInt64, _ shape: PortShape) -> UInt16 {
        taken[word] |= shape == .pair ? bit | bit << 1 : bit
        countInUse += shape == .pair ? 2 : 1
        let number = (word + Int(ports.lowerBound >> 6)) * 64 + bit.trailingZeroBitCount
        return UInt16(number)
    }

    /// Makes the block of another worker with most fitting ports this worker's. Ports in it that
    /// are taken stay with who took them and come back to the new owner.
    private mutating func borrow(_ shape: PortShape, for worker: Int) -> Bool {
        let blockMask = blockSize == 64 ? UInt64.max : (1 << UInt64(blockSize)) - 1
        var best = (count: 0, lender: 0, word: 0, mask: UInt64(0))
        for lender in owned.indices where lender != worker {
            for word in taken.indices {
                let fitting = candidates(shape, lender, word)
                guard fitting.nonzeroBitCount > best.count else { continue }
                for shift in stride(from: 0, to: 64, by: blockSize) {
                    let mask = blockMask << UInt64(shift)
                    let count = (fitting & mask).nonzeroBitCount
                    if count > best.count { best = (count, lender, word, mask) }
                }
            }
        }
        guard best.count > 0 else { return false }
        let moved = owned[best.lender][best.word] & best.mask
        owned[best.lender][best.word] &= ~moved
        owned[worker][best.word] |= moved
        return true
    }
}
