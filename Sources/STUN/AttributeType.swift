/// The number of an attribute, with the meaning the registries give it.
package struct AttributeType: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Whether a receiver that does not know it must refuse the request (RFC 8489 §14).
    package var isComprehensionRequired: Bool { rawValue < 0x8000 }

    // RFC 8489 §18.3.
    package static var mappedAddress: Self { Self(rawValue: 0x0001) }
    package static var username: Self { Self(rawValue: 0x0006) }
    package static var messageIntegrity: Self { Self(rawValue: 0x0008) }
    package static var errorCode: Self { Self(rawValue: 0x0009) }
    package static var unknownAttributes: Self { Self(rawValue: 0x000A) }
    package static var realm: Self { Self(rawValue: 0x0014) }
    package static var nonce: Self { Self(rawValue: 0x0015) }
    package static var messageIntegritySHA256: Self { Self(rawValue: 0x001C) }
    package static var passwordAlgorithm: Self { Self(rawValue: 0x001D) }
    package static var userhash: Self { Self(rawValue: 0x001E) }
    package static var xorMappedAddress: Self { Self(rawValue: 0x0020) }
    package static var passwordAlgorithms: Self { Self(rawValue: 0x8002) }
    package static var alternateDomain: Self { Self(rawValue: 0x8003) }
    package static var software: Self { Self(rawValue: 0x8022) }
    package static var alternateServer: Self { Self(rawValue: 0x8023) }
    package static var fingerprint: Self { Self(rawValue: 0x8028) }

    // RFC 8656 §18; 0x8000 and 0x8001 are from its section on both families in one allocation.
    package static var channelNumber: Self { Self(rawValue: 0x000C) }
    package static var lifetime: Self { Self(rawValue: 0x000D) }
    package static var xorPeerAddress: Self { Self(rawValue: 0x0012) }
    package static var data: Self { Self(rawValue: 0x0013) }
    package static var xorRelayedAddress: Self { Self(rawValue: 0x0016) }
    package static var requestedAddressFamily: Self { Self(rawValue: 0x0017) }
    package static var evenPort: Self { Self(rawValue: 0x0018) }
    package static var requestedTransport: Self { Self(rawValue: 0x0019) }
    package static var dontFragment: Self { Self(rawValue: 0x001A) }
    package static var reservationToken: Self { Self(rawValue: 0x0022) }
    package static var additionalAddressFamily: Self { Self(rawValue: 0x8000) }
    /// ADDITIONAL-ADDRESS-FAMILY as a draft numbered it before RFC 8656; coturn's clients up to
    /// 4.6 send this one.
    package static var draftAdditionalAddressFamily: Self { Self(rawValue: 0x8032) }
    package static var addressErrorCode: Self { Self(rawValue: 0x8001) }
    package static var icmp: Self { Self(rawValue: 0x8004) }

    // RFC 6062 §6.2.
    package static var connectionID: Self { Self(rawValue: 0x002A) }

    // RFC 5780 §9.1.
    package static var changeRequest: Self { Self(rawValue: 0x0003) }
    package static var padding: Self { Self(rawValue: 0x0026) }
    package static var responsePort: Self { Self(rawValue: 0x0027) }
    package static var cacheTimeout: Self { Self(rawValue: 0x8027) }
    package static var responseOrigin: Self { Self(rawValue: 0x802B) }
    package static var otherAddress: Self { Self(rawValue: 0x802C) }

    // RFC 8016 §6, RFC 7635 §11, RFC 8445 §16.1.
    package static var mobilityTicket: Self { Self(rawValue: 0x8030) }
    package static var accessToken: Self { Self(rawValue: 0x001B) }
    package static var priority: Self { Self(rawValue: 0x0024) }
    package static var useCandidate: Self { Self(rawValue: 0x0025) }
    package static var iceControlled: Self { Self(rawValue: 0x8029) }
    package static var iceControlling: Self { Self(rawValue: 0x802A) }

    // RFC 3489 §11.2; a server may send the first two to a client without a cookie.
    package static var sourceAddress: Self { Self(rawValue: 0x0004) }
    package static var changedAddress: Self { Self(rawValue: 0x0005) }
    package static var responseAddress: Self { Self(rawValue: 0x0002) }
    package static var password: Self { Self(rawValue: 0x0007) }
    package static var reflectedFrom: Self { Self(rawValue: 0x000B) }
}

/// A set of attributes out of those in our table, as one machine word.
package struct AttributeSet: OptionSet, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package init(_ types: AttributeType...) {
        rawValue = types.reduce(0) { word, type in
            guard let slot = type.slot else { return word }
            return word | 1 << UInt64(slot)
        }
    }

    package func contains(_ type: AttributeType) -> Bool {
        guard let slot = type.slot else { return false }
        return rawValue >> UInt64(slot) & 1 == 1
    }
}

extension AttributeType {
    /// The place of this attribute in a table of 64; nil for numbers that no table row needs.
    ///
    /// All comprehension-required numbers in use lie below 0x30 and keep their number; the
    /// optional ones follow.
    @inline(__always)
    var slot: Int? {
        switch rawValue {
        case 0x0000...0x002F: Int(rawValue)
        case 0x8000...0x8004: 48 + Int(rawValue - 0x8000)
        case 0x8022...0x8023: 53 + Int(rawValue - 0x8022)
        case 0x8027...0x802C: 55 + Int(rawValue - 0x8027)
        case 0x8030: 61
        case 0x8032: 62
        default: nil
        }
    }
}
