/// The name of one allocation for people and programs: worker, slot and generation.
///
/// Slots are reused; the generation keeps an old name from ever reaching a new allocation, so that
/// a `kill` typed from a stale list hits nothing.
package struct AllocationName: Hashable, Sendable {
    package let worker: UInt16
    package let slot: UInt32
    package let generation: UInt32

    package init(worker: UInt16, slot: UInt32, generation: UInt32) {
        self.worker = worker
        self.slot = slot
        self.generation = generation
    }
}

extension AllocationName: LosslessStringConvertible {
    /// `WORKER-SLOT-GENERATION` in decimal, such as `1-17-3`; safe in a path and a shell.
    package var description: String { "\(worker)-\(slot)-\(generation)" }

    /// Reads only what `description` writes: no signs, no leading zeros.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, let worker = UInt16(parts[0]), let slot = UInt32(parts[1]),
            let generation = UInt32(parts[2])
        else { return nil }
        self.init(worker: worker, slot: slot, generation: generation)
        guard description == text else { return nil }
    }
}

extension AllocationName: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decoder.decodeText()
    }

    package func encode(to encoder: any Encoder) throws {
        try encoder.encodeText(self)
    }
}
