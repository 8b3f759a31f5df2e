/// A STUN message whose framing has been checked: a view of the bytes it was read from.
///
/// The initialiser walks the attributes once and keeps the place of the first of each kind, so
/// that a reader pays one table look-up per attribute, whatever a hostile sender repeats.
/// Attributes behind the integrity attributes do not exist here (RFC 8489 §14.5, §14.6).
package struct StunMessage: ~Escapable {
    /// The whole message, header included.
    package let bytes: Span<UInt8>
    package let type: MessageType
    package let transactionID: TransactionID
    /// Which attributes of our table the message has, duplicates and ignored ones left out.
    package let present: AttributeSet
    /// The comprehension-required attributes that are in no table of ours.
    let unlisted: UnknownAttributes
    /// Behind the last attribute that counts as content: where the integrity attributes start.
    let contentEnd: Int
    /// Per slot of `AttributeType`: the value's offset in words of four bytes, then its length.
    private let index: InlineArray<64, UInt32>

    /// Checks header and attribute framing of a datagram, or of one message cut from a stream.
    ///
    /// - Throws: the reason to drop it (RFC 8489 §6.3). FINGERPRINT is only measured here; see
    ///   `hasValidFingerprint`.
    @_lifetime(copy bytes)
    package init(_ bytes: Span<UInt8>) throws(MessageDefect) {
        // RFC 8489 §5: two zero bits, the type, a length that is a multiple of four.
        guard bytes.count >= StunFormat.headerLength else { throw .tooShort }
        guard let type = MessageType(rawValue: bytes.uint16(at: 0)) else { throw .unknownType }
        let length = Int(bytes.uint16(at: 2))
        guard length % 4 == 0, length == bytes.count - StunFormat.headerLength else {
            throw .badLength
        }
        var walk = AttributeIndex()
        try walk.fill(from: bytes)
        self.bytes = bytes
        self.type = type
        transactionID = TransactionID(
            UInt128(bytes.uint64(at: 4)) << 64 | UInt128(bytes.uint64(at: 12)))
        present = AttributeSet(rawValue: walk.present)
        unlisted = walk.unlisted
        contentEnd = walk.contentEnd
        index = walk.places
    }

    package var method: MessageMethod { type.method }
    package var messageClass: MessageClass { type.messageClass }

    /// Whether the sender speaks RFC 3489 (no cookie): only a Binding request may be answered,
    /// with the same 16 bytes behind the length field (RFC 8489 §11).
    package var isClassic: Bool { transactionID.isClassic }

    package func has(_ type: AttributeType) -> Bool { present.contains(type) }

    /// The value of the first attribute of `type`, padding left out; nil when there is none, or
    /// when our table has no row for `type`.
    @_lifetime(copy self)
    package func value(of type: AttributeType) -> Span<UInt8>? {
        guard let range = valueRange(of: type) else { return nil }
        return bytes.extracting(range)
    }

    /// Where in `bytes` the value of the first attribute of `type` lies.
    package func valueRange(of type: AttributeType) -> Range<Int>? {
        guard let slot = type.slot, has(type) else { return nil }
        let start = Int(index[slot] >> 16) * 4
        return start..<start + Int(index[slot] & 0xFFFF)
    }

    /// The comprehension-required attributes outside `understood`, for the 420 answer
    /// (RFC 8489 §6.3.1). Pass what the method at hand gives a meaning to.
    package func unknownRequired(understood: AttributeSet) -> UnknownAttributes {
        var result = unlisted
        // The required numbers occupy the lower 48 slots under their own number.
        var rest = present.rawValue & ~understood.rawValue & (1 << 48 - 1)
        while rest != 0 {
            result.insert(UInt16(rest.trailingZeroBitCount))
            rest &= rest - 1
        }
        return result
    }
}

/// A few attribute numbers, each once: what UNKNOWN-ATTRIBUTES of a 420 answer lists.
package struct UnknownAttributes: Sendable {
    /// Ours, far above what any client sends: a client with more learns of the rest after it has
    /// mended these, and a hostile one costs a bounded comparison per attribute.
    package static var maximumCount: Int { 32 }

    package private(set) var count = 0
    private var numbers = InlineArray<32, UInt16>(repeating: 0)

    package init() {}

    package var isEmpty: Bool { count == 0 }

    package subscript(position: Int) -> UInt16 { numbers[position] }

    /// Adds `number` unless it is there or the list is full.
    package mutating func insert(_ number: UInt16) {
        guard count < Self.maximumCount else { return }
        for position in 0..<count where numbers[position] == number { return }
        numbers[count] = number
        count += 1
    }
}

/// The one walk over the attributes that `StunMessage` is built from.
private struct AttributeIndex {
    var present: UInt64 = 0
    var places = InlineArray<64, UInt32>(repeating: 0)
    var unlisted = UnknownAttributes()
    var contentEnd = StunFormat.headerLength
    private var stage = AttributeStage.content

    mutating func fill(from bytes: Span<UInt8>) throws(MessageDefect) {
        var offset = StunFormat.headerLength
        while offset < bytes.count {
            // The count is a multiple of four, so the four bytes of type and length are there.
            let type = AttributeType(rawValue: bytes.uint16(at: offset))
            let length = Int(bytes.uint16(at: offset + 2))
            let value = offset + StunFormat.attributeHeaderLength
            // RFC 8489 §14: the next attribute starts at a multiple of four.
            let next = value + (length + 3) & ~3
            guard next <= bytes.count else { throw .attributeOverrun }
            guard stage != .finished else { throw .badFingerprint }
            let counts = stage.accepts(type)
            if counts {
                guard type.allows(length: length) else { throw .badIntegrityLength }
                note(type, value: value, length: length)
            }
            stage.advance(past: type, counts: counts)
            if stage == .content { contentEnd = next }
            offset = next
        }
    }

    private mutating func note(_ type: AttributeType, value: Int, length: Int) {
        guard let slot = type.slot else {
            if type.isComprehensionRequired { unlisted.insert(type.rawValue) }
            return
        }
        // RFC 8489 §14: of several attributes of one type only the first counts.
        guard present >> UInt64(slot) & 1 == 0 else { return }
        present |= 1 << UInt64(slot)
        places[slot] = UInt32(value / 4) << 16 | UInt32(length)
    }
}

/// How far a walk has come with respect to the attributes that protect the message.
enum AttributeStage {
    /// Everything counts.
    case content
    /// Behind MESSAGE-INTEGRITY: only its SHA-256 sister and FINGERPRINT count (RFC 8489 §14.5).
    case afterIntegrity
    /// Behind MESSAGE-INTEGRITY-SHA256: only FINGERPRINT counts (RFC 8489 §14.6).
    case afterIntegritySHA256
    /// Behind FINGERPRINT, which is last (RFC 8489 §14.7).
    case finished

    @inline(__always)
    func accepts(_ type: AttributeType) -> Bool {
        switch self {
        case .content: true
        case .afterIntegrity: type == .messageIntegritySHA256 || type == .fingerprint
        case .afterIntegritySHA256: type == .fingerprint
        case .finished: false
        }
    }

    @inline(__always)
    mutating func advance(past type: AttributeType, counts: Bool) {
        guard counts else { return }
        switch type {
        case .messageIntegrity: self = .afterIntegrity
        case .messageIntegritySHA256: self = .afterIntegritySHA256
        case .fingerprint: self = .finished
        default: break
        }
    }
}

extension AttributeType {
    /// Whether an attribute that protects the message has the size it must have.
    ///
    /// RFC 8489 §14.5, §14.6 (no usage of ours allows a truncated hash) and §14.7.
    @inline(__always)
    fileprivate func allows(length: Int) -> Bool {
        switch self {
        case .messageIntegrity: length == 20
        case .messageIntegritySHA256: length == 32
        case .fingerprint: length == 4
        default: true
        }
    }
}
