import STUN
import Testing

@Suite struct MessageTypeTests {
    /// The numbers as captures show them: RFC 8656 §17 and RFC 6062 §6.1, class bits added.
    @Test(
        arguments: [
            (.binding, .request, 0x0001), (.binding, .success, 0x0101),
            (.binding, .error, 0x0111), (.binding, .indication, 0x0011),
            (.allocate, .request, 0x0003), (.allocate, .success, 0x0103),
            (.allocate, .error, 0x0113),
            (.refresh, .request, 0x0004), (.send, .indication, 0x0016),
            (.data, .indication, 0x0017),
            (.createPermission, .request, 0x0008), (.channelBind, .request, 0x0009),
            (.connect, .request, 0x000A), (.connectionBind, .request, 0x000B),
            (.connectionAttempt, .indication, 0x001C),
        ] as [(MessageMethod, MessageClass, UInt16)])
    func knownNumbers(_ method: MessageMethod, _ messageClass: MessageClass, _ number: UInt16) {
        #expect(MessageType(method, messageClass).rawValue == number)
        #expect(MessageType(rawValue: number) == MessageType(method, messageClass))
    }

    @Test func everyNumberIsReadBackOrRefused() {
        var known = 0
        for number in UInt16.min...UInt16.max {
            guard let type = MessageType(rawValue: number) else { continue }
            known += 1
            #expect(type.rawValue == number)
        }
        #expect(known == MessageMethod.allCases.count * MessageClass.allCases.count)
    }
}
