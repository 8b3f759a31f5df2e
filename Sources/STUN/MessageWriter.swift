package import Primitives

/// Writes one message into bytes that the caller owns, without allocating.
///
/// Attributes go out in the order of the calls. What does not fit is not written, and `finish`
/// then returns nil; between the two nothing can be read, so a cut message never leaves.
package struct MessageWriter: ~Copyable, ~Escapable {
    private var buffer: MutableSpan<UInt8>
    private let start: Int
    private var end: Int
    private var overflowed: Bool
    private let transactionID: TransactionID

    /// Starts a message at `start` of `buffer`.
    @_lifetime(copy buffer)
    package init(
        _ type: MessageType, _ transactionID: TransactionID,
        into buffer: consuming MutableSpan<UInt8>, at start: Int = 0
    ) {
        self.buffer = buffer
        self.start = start
        self.transactionID = transactionID
        end = start
        overflowed = false
        guard reserve(StunFormat.headerLength) else { return }
        store(type.rawValue, at: start)
        store(transactionID.value, at: start + 4)
    }

    /// How many bytes stand so far, the header included.
    package var count: Int { end - start }

    /// Completes the length field and returns how many bytes the message has; nil when the
    /// buffer was too small.
    @_lifetime(self: copy self)
    package mutating func finish() -> Int? {
        guard !overflowed else { return nil }
        store(UInt16(count - StunFormat.headerLength), at: start + 2)
        return count
    }

    /// Appends an attribute with these bytes.
    @_lifetime(self: copy self)
    package mutating func append(_ type: AttributeType, _ value: Span<UInt8>) {
        guard let place = open(type, length: value.count) else { return }
        for position in 0..<value.count { buffer[place + position] = value[position] }
    }

    /// Appends an attribute without a value, such as DONT-FRAGMENT.
    @_lifetime(self: copy self)
    package mutating func append(_ type: AttributeType) {
        _ = open(type, length: 0)
    }

    /// Appends an attribute of one number of 32 bits: LIFETIME, CONNECTION-ID, or a smaller
    /// number with the reserved bytes behind it.
    @_lifetime(self: copy self)
    package mutating func append(_ type: AttributeType, _ value: UInt32) {
        guard let place = open(type, length: 4) else { return }
        store(value, at: place)
    }

    /// Appends an attribute of one number of 64 bits: RESERVATION-TOKEN.
    @_lifetime(self: copy self)
    package mutating func append(_ type: AttributeType, _ value: UInt64) {
        guard let place = open(type, length: 8) else { return }
        store(UInt32(truncatingIfNeeded: value >> 32), at: place)
        store(UInt32(truncatingIfNeeded: value), at: place + 4)
    }

    /// Appends the tag of `key`'s algorithm (RFC 8489 §14.5, §14.6).
    @_lifetime(self: copy self)
    package mutating func appendIntegrity(_ key: HMACKey, hash: any MessageHash) {
        let covered = end
        let length = key.algorithm.tagLength
        guard let place = open(key.algorithm.attribute, length: length) else { return }
        var tag = InlineArray<32, UInt8>(repeating: 0)
        var space = tag.mutableSpan
        Integrity.tag(
            of: buffer.span.extracting(start..<covered),
            countedLength: count - StunFormat.headerLength, key: key, hash: hash, into: &space)
        for position in 0..<length { buffer[place + position] = tag[position] }
    }

    /// Appends FINGERPRINT, which must come last (RFC 8489 §14.7).
    @_lifetime(self: copy self)
    package mutating func appendFingerprint() {
        let covered = end
        guard let place = open(.fingerprint, length: 4) else { return }
        store(UInt16(count - StunFormat.headerLength), at: start + 2)
        let checksum = CRC32.checksum(buffer.span.extracting(start..<covered))
        store(checksum ^ CRC32.fingerprintMask, at: place)
    }

    /// Appends an address in the clear: MAPPED-ADDRESS for RFC 3489 clients, ALTERNATE-SERVER.
    @_lifetime(self: copy self)
    package mutating func append(_ type: AttributeType, address: TransportAddress) {
        append(type, address, mask: 0)
    }

    /// Appends XOR-MAPPED-ADDRESS, XOR-RELAYED-ADDRESS or XOR-PEER-ADDRESS.
    @_lifetime(self: copy self)
    package mutating func append(_ type: AttributeType, xor address: TransportAddress) {
        append(type, address, mask: transactionID.value)
    }

    @_lifetime(self: copy self)
    private mutating func append(
        _ type: AttributeType, _ address: TransportAddress, mask: UInt128
    ) {
        let family = address.ip.family
        guard let place = open(type, length: AddressCodec.length(of: family)) else { return }
        store(UInt16(family.rawValue), at: place)
        store(address.port ^ UInt16(truncatingIfNeeded: mask >> 112), at: place + 2)
        switch family {
        case .ipv4:
            store(address.ip.v4 ^ UInt32(truncatingIfNeeded: mask >> 96), at: place + 4)
        case .ipv6:
            store(address.ip.bits ^ mask, at: place + 4)
        }
    }

    /// Writes type, length and padding of an attribute; returns where its value goes.
    @_lifetime(self: copy self)
    mutating func open(_ type: AttributeType, length: Int) -> Int? {
        let padded = (length + 3) & ~3
        guard reserve(StunFormat.attributeHeaderLength + padded) else { return nil }
        let place = end - padded
        store(type.rawValue, at: place - 4)
        store(UInt16(length), at: place - 2)
        // RFC 8489 §14: padding may be anything; zeros give away nothing.
        for position in place + length..<end { buffer[position] = 0 }
        return place
    }

    @_lifetime(self: copy self)
    private mutating func reserve(_ bytes: Int) -> Bool {
        guard !overflowed, bytes <= buffer.count - end,
            count + bytes <= StunFormat.maximumLength
        else {
            overflowed = true
            return false
        }
        end += bytes
        return true
    }
}

extension MessageWriter {
    @_lifetime(self: copy self)
    mutating func store(_ byte: UInt8, at offset: Int) { buffer[offset] = byte }

    @_lifetime(self: copy self)
    mutating func store(_ value: UInt16, at offset: Int) {
        buffer[offset] = UInt8(truncatingIfNeeded: value >> 8)
        buffer[offset + 1] = UInt8(truncatingIfNeeded: value)
    }

    @_lifetime(self: copy self)
    mutating func store(_ value: UInt32, at offset: Int) {
        store(UInt16(truncatingIfNeeded: value >> 16), at: offset)
        store(UInt16(truncatingIfNeeded: value), at: offset + 2)
    }

    @_lifetime(self: copy self)
    mutating func store(_ value: UInt128, at offset: Int) {
        for word in 0..<4 {
            store(
                UInt32(truncatingIfNeeded: value >> UInt128(96 - 32 * word)), at: offset + 4 * word)
        }
    }
}
