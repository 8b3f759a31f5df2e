package import Primitives

/// All XOR-PEER-ADDRESS attributes of a message in their order.
///
/// The exception to "the first counts": CreatePermission carries several (RFC 8656 §10.1).
package struct PeerAddresses: ~Escapable {
    private let bytes: Span<UInt8>
    private let mask: UInt128
    private let end: Int
    private var offset = StunFormat.headerLength

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>, mask: UInt128, end: Int) {
        self.bytes = bytes
        self.mask = mask
        self.end = end
    }

    /// The next address; nil behind the last.
    @_lifetime(self: copy self)
    package mutating func next() throws(MalformedAttribute) -> TransportAddress? {
        while offset < end {
            let type = AttributeType(rawValue: bytes.uint16(at: offset))
            let start = offset + StunFormat.attributeHeaderLength
            let length = Int(bytes.uint16(at: offset + 2))
            offset = start + (length + 3) & ~3
            guard type == .xorPeerAddress else { continue }
            let value = bytes.extracting(start..<start + length)
            guard let address = AddressCodec.decode(value, mask: mask) else {
                throw MalformedAttribute(.xorPeerAddress)
            }
            return address
        }
        return nil
    }
}

extension StunMessage {
    /// The peers that a CreatePermission request names.
    package var peerAddresses: PeerAddresses {
        @_lifetime(copy self)
        get { PeerAddresses(bytes, mask: transactionID.value, end: contentEnd) }
    }
}
