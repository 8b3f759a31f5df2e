/// What each `Idempotency-Key` was used for, as a digest: signaling gives the earlier call again,
/// and this sees to it that it is asked for the same thing.
struct IdempotencyGuard: Sendable {
    private struct Key: Hashable, Sendable {
        let caller: CallerName
        let text: String
    }

    /// As many as signaling remembers calls of; the oldest is forgotten first.
    static let max = 4096

    private var uses: [Key: [UInt8]] = [:]
    private var order: [Key] = []

    var count: Int { uses.count }

    /// Whether the key is new, or was used for the same request.
    func allows(_ text: String, by caller: CallerName, for digest: [UInt8]) -> Bool {
        uses[Key(caller: caller, text: text)].map { $0 == digest } ?? true
    }

    /// The request was done; one that was refused may be corrected under the same key.
    mutating func insert(_ text: String, by caller: CallerName, for digest: [UInt8]) {
        let key = Key(caller: caller, text: text)
        if uses.updateValue(digest, forKey: key) == nil { order.append(key) }
        if order.count > Self.max { uses[order.removeFirst()] = nil }
    }
}
