import Crypto
import Primitives
import STUN

/// STUN messages: parsed, read through every accessor, and written again.
final class MessageSubject: FuzzSubject {
    private let hash = OpenSSLHash()
    private let keys: [HMACKey]
    private var buffer = [UInt8](repeating: 0, count: StunFormat.maximumLength)

    init() {
        // The password of RFC 5769, so that its messages pass and their mutations get that far.
        let secret = Array("VOkJxbRl1RmTxUk/WvJxBt".utf8)
        keys = IntegrityAlgorithm.allCases.map { [hash] in hash.hmacKey($0, secret.span) }
    }

    func run(_ input: Span<UInt8>) {
        check(input)
        // Random changes hardly ever leave a header intact; attributes shall be reached all the
        // same.
        let repaired = Self.withRepairedHeader(input)
        check(repaired.span)
    }

    private static func withRepairedHeader(_ input: Span<UInt8>) -> [UInt8] {
        let count = min(input.count & ~3, StunFormat.maximumLength)
        var bytes: [UInt8] = []
        guard count >= StunFormat.headerLength else { return bytes }
        bytes.reserveCapacity(count)
        for position in 0..<count { bytes.append(input[position]) }
        if MessageType(rawValue: input.uint16(at: 0)) == nil {
            bytes[0] = 0
            bytes[1] = UInt8(MessageMethod.allocate.rawValue)
        }
        bytes[2] = UInt8((count - StunFormat.headerLength) >> 8)
        bytes[3] = UInt8((count - StunFormat.headerLength) & 0xFF)
        return bytes
    }

    private func check(_ input: Span<UInt8>) {
        guard let message = try? StunMessage(input) else { return }
        // The datagram path must have brought it here by its first byte.
        precondition(classify(input[0]) == .stun, "a message that is not sorted as STUN")
        precondition(message.type.rawValue == input.uint16(at: 0), "the type changed")
        checkRanges(message)
        checkPeers(message)
        readEverything(message)
        for key in keys { _ = message.isAuthentic(under: key, hash: hash) }
        checkCopy(message)
    }

    /// Every value lies inside the message, and is the one that a plain search finds first.
    private func checkRanges(_ message: borrowing StunMessage) {
        for number in UInt16.min...0x30 { checkRange(message, AttributeType(rawValue: number)) }
        for number in 0x8000...0x8031 as ClosedRange<UInt16> {
            checkRange(message, AttributeType(rawValue: number))
        }
    }

    private func checkRange(_ message: borrowing StunMessage, _ type: AttributeType) {
        guard let range = message.valueRange(of: type) else {
            precondition(!message.has(type), "present without a value")
            return
        }
        precondition(message.has(type), "a value without presence")
        precondition(range.lowerBound >= 24 && range.upperBound <= message.bytes.count, "outside")
        precondition(
            message.bytes.uint16(at: range.lowerBound - 4) == type.rawValue
                && Int(message.bytes.uint16(at: range.lowerBound - 2)) == range.count,
            "not the attribute that was asked for")
    }

    private func checkPeers(_ message: borrowing StunMessage) {
        var peers = message.peerAddresses
        var count = 0
        do {
            while let peer = try peers.next() {
                // Behind integrity there are none, and the first is what the accessor returns.
                precondition(message.has(.xorPeerAddress), "a peer out of nowhere")
                if count == 0 {
                    let first = try message.xorAddress(.xorPeerAddress)
                    precondition(first == peer, "two first peers")
                }
                count += 1
                precondition(count <= message.bytes.count / 12, "more peers than bytes")
            }
        } catch { return }
    }

    private func readEverything(_ message: borrowing StunMessage) {
        _ = try? message.lifetime()
        _ = try? message.channelNumber()
        _ = try? message.requestedTransport()
        _ = try? message.requestedAddressFamily()
        _ = try? message.additionalAddressFamily()
        _ = try? message.evenPortReserves()
        _ = try? message.reservationToken()
        _ = try? message.dontFragment()
        _ = try? message.connectionID()
        _ = try? message.errorCode()
        _ = try? message.addressErrorCode()
        _ = try? message.icmp()
        _ = try? message.address(.mappedAddress)
        _ = try? message.address(.alternateServer)
        _ = try? message.xorAddress(.xorMappedAddress)
        _ = try? message.passwordAlgorithm()
        _ = message.repeats(.sha256ThenMD5)
        _ = message.hasValidFingerprint
        let unknown = message.unknownRequired(understood: AttributeSet(.username, .realm, .nonce))
        for position in 0..<unknown.count {
            precondition(unknown[position] < 0x8000, "an optional attribute called required")
        }
    }

    /// What the writer makes of the parts that were read is read back as the same parts.
    private func checkCopy(_ message: borrowing StunMessage) {
        let mapped = try? message.xorAddress(.xorMappedAddress)
        guard let count = write(message, mapped, into: &buffer) else {
            // The integrity attributes are all that the copy may have more of.
            precondition(message.bytes.count + 32 > StunFormat.maximumLength, "no room for a copy")
            return
        }
        let bytes = buffer
        compare(bytes.span.extracting(0..<count), with: message, mapped)
    }

    private func compare(
        _ bytes: Span<UInt8>, with message: borrowing StunMessage, _ mapped: TransportAddress?
    ) {
        guard let copy = try? StunMessage(bytes) else { preconditionFailure("an unreadable copy") }
        precondition(copy.transactionID == message.transactionID, "the id changed")
        precondition(copy.hasValidFingerprint, "our own FINGERPRINT does not match")
        precondition(
            copy.isAuthentic(under: keys[0], hash: hash), "our own integrity does not match")
        let again = try? copy.xorAddress(.xorMappedAddress)
        precondition(again == mapped, "the address changed")
        for type in Self.copied {
            precondition(copy.has(type) == message.has(type), "an attribute came or went")
            guard let new = copy.value(of: type), let old = message.value(of: type) else {
                continue
            }
            precondition(hash.equal(old, new), "a value changed")
        }
    }

    private static let copied: [AttributeType] = [.username, .realm, .nonce, .data, .software]

    private func write(
        _ message: borrowing StunMessage, _ mapped: TransportAddress?, into buffer: inout [UInt8]
    ) -> Int? {
        var writer = MessageWriter(
            message.type, message.transactionID, into: buffer.mutableSpan)
        for type in Self.copied {
            if let value = message.value(of: type) { writer.append(type, value) }
        }
        if let mapped { writer.append(.xorMappedAddress, xor: mapped) }
        writer.appendIntegrity(keys[0], hash: hash)
        writer.appendFingerprint()
        return writer.finish()
    }
}
