/// The methods of STUN (RFC 8489 §18.2), TURN (RFC 8656 §17) and TURN over TCP (RFC 6062 §6.1).
package enum MessageMethod: UInt16, Sendable, CaseIterable {
    case binding = 0x001
    case allocate = 0x003
    case refresh = 0x004
    case send = 0x006
    case data = 0x007
    case createPermission = 0x008
    case channelBind = 0x009
    case connect = 0x00A
    case connectionBind = 0x00B
    case connectionAttempt = 0x00C
}

/// The four classes (RFC 8489 §5), with their two bits put side by side.
package enum MessageClass: UInt16, Sendable, CaseIterable {
    case request = 0
    case indication = 1
    case success = 2
    case error = 3
}

/// The type field of a message: 12 bits of method around 2 bits of class (RFC 8489 §5).
package struct MessageType: Hashable, Sendable {
    package var method: MessageMethod
    package var messageClass: MessageClass

    package init(_ method: MessageMethod, _ messageClass: MessageClass) {
        self.method = method
        self.messageClass = messageClass
    }

    /// Nil when the two top bits are not zero or the method is none that we know.
    package init?(rawValue: UInt16) {
        guard rawValue < 0x4000 else { return nil }
        let bits = rawValue & 0xF | (rawValue >> 1) & 0x70 | (rawValue >> 2) & 0xF80
        let classBits = (rawValue >> 4) & 1 | (rawValue >> 7) & 2
        guard let method = MessageMethod(rawValue: bits),
            let messageClass = MessageClass(rawValue: classBits)
        else { return nil }
        self.init(method, messageClass)
    }

    package var rawValue: UInt16 {
        let bits = method.rawValue
        let classBits = messageClass.rawValue
        return bits & 0xF | (bits & 0x70) << 1 | (bits & 0xF80) << 2
            | (classBits & 1) << 4 | (classBits & 2) << 7
    }
}
