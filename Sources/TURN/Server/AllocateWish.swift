import Primitives
import STUN

/// What an Allocate request asks for, read and found consistent (RFC 8656 §7.2 items 3 to 9).
struct AllocateWish {
    var transport = RelayTransport.udp
    var lifetime: Seconds?
    /// The relays to open, in this order; two of them make a dual allocation.
    var families: [AddressFamily] = []
    /// A family of a dual allocation that this server does not have at all.
    var missing: AddressFamily?
    /// `.pair`: reserve the next higher port and return a token for it.
    var shape = PortShape.any
    var token: UInt64?
}

/// Why an Allocate request is refused.
struct AllocateRefusal: Error {
    let code: ErrorCode
    let cause: RefusalCause

    init(_ code: ErrorCode, _ cause: RefusalCause) {
        self.code = code
        self.cause = cause
    }
}

extension AllocateWish {
    /// IANA protocol numbers, which REQUESTED-TRANSPORT uses (RFC 8656 §18.7).
    private static let udp: UInt8 = 17
    private static let tcp: UInt8 = 6

    /// - Parameters:
    ///   - served: the families that relay addresses exist for.
    ///   - standard: the family of a request that names none.
    ///   - isStream: the client came by TCP or TLS.
    init(
        _ request: borrowing StunMessage, served: Set<AddressFamily>, standard: AddressFamily,
        isStream: Bool, _ features: ServerSettings.Features
    ) throws(AllocateRefusal) {
        let attributes = try AllocateAttributes.read(request)
        try setTransport(attributes, isStream, features)
        lifetime = attributes.lifetime
        if let reservesNext = attributes.evenPort { shape = reservesNext ? .pair : .even }
        token = attributes.token
        // RFC 8656 §7.2 items 5, 6 and 8: these exclude each other.
        let namesFamily = attributes.family != nil || attributes.additional != nil
        guard token == nil || !(shape != .any || namesFamily),
            attributes.family == nil || attributes.additional == nil,
            shape != .pair || attributes.additional == nil
        else { throw AllocateRefusal(.badRequest, .malformed("attributes exclude each other")) }
        if let additional = attributes.additional {
            // RFC 8656 §7.2 item 9: only IPv6 can be the additional one.
            guard additional == AddressFamily.ipv6.rawValue else {
                throw AllocateRefusal(.badRequest, .malformed("additional family"))
            }
            try setDual(served)
        } else if token == nil {
            try setSingle(attributes.family ?? standard.rawValue, served)
        }
    }

    private mutating func setTransport(
        _ attributes: AllocateAttributes, _ isStream: Bool, _ features: ServerSettings.Features
    ) throws(AllocateRefusal) {
        switch attributes.transport {
        case nil:
            // RFC 8656 §7.2 item 3.
            throw AllocateRefusal(.badRequest, .malformed("requested transport"))
        case Self.udp:
            // RFC 6062 §5.1 item 1: UDP that local policy forbids.
            guard features.udpRelay else {
                throw AllocateRefusal(.forbidden, .disabled(by: "no-udp-relay"))
            }
        case Self.tcp:
            // RFC 6062 §5.1 items 2 and 3.
            guard isStream else { throw AllocateRefusal(.badRequest, .tcpRelayOverDatagrams) }
            guard features.tcpRelay else {
                throw AllocateRefusal(.unsupportedTransport, .disabled(by: "no-tcp-relay"))
            }
            guard attributes.evenPort == nil, attributes.token == nil, !attributes.dontFragment
            else { throw AllocateRefusal(.badRequest, .malformed("not for a TCP relay")) }
            transport = .tcp
        case let number?:
            // RFC 8656 §7.2 item 3.
            throw AllocateRefusal(.unsupportedTransport, .unsupportedTransport(number))
        }
    }

    private mutating func setDual(_ served: Set<AddressFamily>) throws(AllocateRefusal) {
        families = AddressFamily.allCases.filter { served.contains($0) }
        missing = AddressFamily.allCases.first { !served.contains($0) }
        guard !families.isEmpty else {
            throw AllocateRefusal(.insufficientCapacity, .unsupportedFamily)
        }
    }

    /// RFC 8656 §7.2 item 7.
    private mutating func setSingle(
        _ number: UInt8, _ served: Set<AddressFamily>
    ) throws(AllocateRefusal) {
        guard let family = AddressFamily(rawValue: number), served.contains(family) else {
            throw AllocateRefusal(.addressFamilyNotSupported, .unsupportedFamily)
        }
        families = [family]
    }
}

/// The attributes of an Allocate request, each of the right size.
private struct AllocateAttributes {
    var transport: UInt8?
    var lifetime: Seconds?
    var evenPort: Bool?
    var token: UInt64?
    var family: UInt8?
    var additional: UInt8?
    var dontFragment = false

    static func read(_ request: borrowing StunMessage) throws(AllocateRefusal) -> Self {
        var attributes = Self()
        do throws(MalformedAttribute) {
            attributes.transport = try request.requestedTransport()
            attributes.dontFragment = try request.dontFragment()
            attributes.lifetime = try request.lifetime()
            attributes.evenPort = try request.evenPortReserves()
            attributes.token = try request.reservationToken()
            attributes.family = try request.requestedAddressFamily()
            attributes.additional = try request.additionalAddressFamily()
        } catch {
            throw AllocateRefusal(.badRequest, .malformed("size of an attribute"))
        }
        return attributes
    }
}
