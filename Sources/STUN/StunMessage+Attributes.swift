package import Primitives

// Typed readers. Nil: the attribute is absent. A throw: it is there, but not of the form that its
// definition asks for.
extension StunMessage {
    /// The value of `type` when it has exactly `count` bytes.
    @_lifetime(copy self)
    private func value(
        of type: AttributeType, count: Int
    ) throws(MalformedAttribute) -> Span<UInt8>? {
        guard let value = value(of: type) else { return nil }
        guard value.count == count else { throw MalformedAttribute(type) }
        return value
    }

    /// LIFETIME (RFC 8656 §18.2).
    package func lifetime() throws(MalformedAttribute) -> Seconds? {
        guard let value = try value(of: .lifetime, count: 4) else { return nil }
        return Seconds(value.uint32(at: 0))
    }

    /// CHANNEL-NUMBER (RFC 8656 §18.1), any number: whether it is a channel is the caller's rule.
    package func channelNumber() throws(MalformedAttribute) -> UInt16? {
        guard let value = try value(of: .channelNumber, count: 4) else { return nil }
        return value.uint16(at: 0)
    }

    /// The protocol number of REQUESTED-TRANSPORT (RFC 8656 §18.8): 17 is UDP, 6 is TCP.
    package func requestedTransport() throws(MalformedAttribute) -> UInt8? {
        guard let value = try value(of: .requestedTransport, count: 4) else { return nil }
        return value[0]
    }

    /// The family number of REQUESTED-ADDRESS-FAMILY (RFC 8656 §18.6), also when it is none we
    /// know: that is answered with 440, not with 400.
    package func requestedAddressFamily() throws(MalformedAttribute) -> UInt8? {
        guard let value = try value(of: .requestedAddressFamily, count: 4) else { return nil }
        return value[0]
    }

    /// The family number of ADDITIONAL-ADDRESS-FAMILY (RFC 8656 §18.11), also by its number from
    /// the draft.
    package func additionalAddressFamily() throws(MalformedAttribute) -> UInt8? {
        if let value = try value(of: .additionalAddressFamily, count: 4) { return value[0] }
        guard let value = try value(of: .draftAdditionalAddressFamily, count: 4) else { return nil }
        return value[0]
    }

    /// The R bit of EVEN-PORT: the next higher port is to be reserved too (RFC 8656 §18.7).
    package func evenPortReserves() throws(MalformedAttribute) -> Bool? {
        guard let value = try value(of: .evenPort, count: 1) else { return nil }
        return value[0] & 0x80 != 0
    }

    /// RESERVATION-TOKEN (RFC 8656 §18.10).
    package func reservationToken() throws(MalformedAttribute) -> UInt64? {
        guard let value = try value(of: .reservationToken, count: 8) else { return nil }
        return value.uint64(at: 0)
    }

    /// Whether DONT-FRAGMENT is there; it has no value (RFC 8656 §18.9).
    package func dontFragment() throws(MalformedAttribute) -> Bool {
        try value(of: .dontFragment, count: 0) != nil
    }

    /// CONNECTION-ID (RFC 6062 §6.2.1).
    package func connectionID() throws(MalformedAttribute) -> UInt32? {
        guard let value = try value(of: .connectionID, count: 4) else { return nil }
        return value.uint32(at: 0)
    }

    /// ERROR-CODE as a number, 300...699 (RFC 8489 §14.8).
    package func errorCode() throws(MalformedAttribute) -> UInt16? {
        try errorNumber(of: .errorCode)
    }

    /// The family and the number of ADDRESS-ERROR-CODE (RFC 8656 §18.12).
    package func addressErrorCode() throws(MalformedAttribute) -> (family: UInt8, code: UInt16)? {
        guard let code = try errorNumber(of: .addressErrorCode),
            let value = value(of: .addressErrorCode)
        else { return nil }
        return (value[0], code)
    }

    private func errorNumber(of type: AttributeType) throws(MalformedAttribute) -> UInt16? {
        guard let value = value(of: type) else { return nil }
        guard value.count >= 4, (3...6).contains(value[2] & 7), value[3] < 100
        else { throw MalformedAttribute(type) }
        return UInt16(value[2] & 7) * 100 + UInt16(value[3])
    }

    /// The reason to which an ICMP attribute reduces a network error (RFC 8656 §18.13).
    package func icmp() throws(MalformedAttribute) -> ICMPReport? {
        guard let value = try value(of: .icmp, count: 8) else { return nil }
        return ICMPReport(wire: value.uint16(at: 2), data: value.uint32(at: 4))
    }

    /// The address in MAPPED-ADDRESS, ALTERNATE-SERVER and the like, which are not masked.
    package func address(
        _ type: AttributeType
    ) throws(MalformedAttribute) -> TransportAddress? {
        guard let value = value(of: type) else { return nil }
        guard let address = AddressCodec.decode(value, mask: 0) else {
            throw MalformedAttribute(type)
        }
        return address
    }

    /// The address in XOR-MAPPED-ADDRESS, XOR-RELAYED-ADDRESS or the first XOR-PEER-ADDRESS.
    package func xorAddress(
        _ type: AttributeType
    ) throws(MalformedAttribute) -> TransportAddress? {
        guard let value = value(of: type) else { return nil }
        guard let address = AddressCodec.decode(value, mask: transactionID.value) else {
            throw MalformedAttribute(type)
        }
        return address
    }
}
