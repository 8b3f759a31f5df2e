package import Primitives

// The attributes whose value has parts.
extension MessageWriter {
    /// Appends ERROR-CODE, with its reason phrase unless `reason` is false: unauthenticated
    /// answers carry none, to stay short (RFC 8489 §14.8 allows an empty one).
    @_lifetime(self: copy self)
    package mutating func append(_ error: ErrorCode, reason: Bool) {
        append(.errorCode, family: 0, error, reason: reason)
    }

    /// Appends ADDRESS-ERROR-CODE for the family that an allocation could not have
    /// (RFC 8656 §18.12).
    @_lifetime(self: copy self)
    package mutating func append(_ error: ErrorCode, family: AddressFamily, reason: Bool) {
        append(.addressErrorCode, family: family.rawValue, error, reason: reason)
    }

    @_lifetime(self: copy self)
    private mutating func append(
        _ type: AttributeType, family: UInt8, _ error: ErrorCode, reason: Bool
    ) {
        let phrase = reason ? error.reason.utf8 : "".utf8
        guard let place = open(type, length: 4 + phrase.count) else { return }
        store(family, at: place)
        store(0 as UInt8, at: place + 1)
        store(UInt8(error.rawValue / 100), at: place + 2)
        store(UInt8(error.rawValue % 100), at: place + 3)
        var end = place + 4
        for byte in phrase {
            store(byte, at: end)
            end += 1
        }
    }

    /// Appends UNKNOWN-ATTRIBUTES (RFC 8489 §14.13).
    @_lifetime(self: copy self)
    package mutating func append(_ unknown: UnknownAttributes) {
        guard let place = open(.unknownAttributes, length: 2 * unknown.count) else { return }
        for position in 0..<unknown.count {
            store(unknown[position], at: place + 2 * position)
        }
    }

    /// Appends PASSWORD-ALGORITHMS with these, none of which has parameters (RFC 8489 §14.11).
    @_lifetime(self: copy self)
    package mutating func append(algorithms: PasswordAlgorithmList) {
        guard let place = open(.passwordAlgorithms, length: 4 * algorithms.count) else { return }
        for position in 0..<algorithms.count {
            store(algorithms[position].rawValue, at: place + 4 * position)
            store(0 as UInt16, at: place + 4 * position + 2)
        }
    }

    /// Appends the ICMP attribute (RFC 8656 §18.13).
    @_lifetime(self: copy self)
    package mutating func append(_ report: ICMPReport) {
        guard let place = open(.icmp, length: 8) else { return }
        store(UInt16(0), at: place)
        store(report.wire, at: place + 2)
        store(report.data, at: place + 4)
    }
}
