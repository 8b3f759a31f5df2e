import HTTP
import LinuxIO
import Primitives
import Reception
import Testing

@testable import Appliance

@Suite struct DoorWebSocketTests {
    private static let handshake =
        "GET /chat HTTP/1.1\r\nhost: one.example\r\nupgrade: websocket\r\n"
        + "connection: Upgrade\r\nsec-websocket-version: 13\r\n"
        + "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

    /// A masked text frame; the mask is zero, so that the bytes read as they are.
    private static func frame(_ text: String, opcode: UInt8 = 1) -> [UInt8] {
        [0x80 | opcode, 0x80 | UInt8(text.utf8.count), 0, 0, 0, 0] + Array(text.utf8)
    }

    @Test(arguments: [false, true])
    func messagesReachTheServiceAndComeBack(isSecure: Bool) throws {
        let service = EchoService()
        let rig = try DoorRig(tls: true, service: service)
        let client = try rig.client()
        if isSecure { #expect(try client.shake()) }
        // The first frame rides on the request.
        client.write(Array(Self.handshake.utf8) + Self.frame("one"))
        #expect(client.read(until: "\u{3}one"))
        // RFC 6455 §1.3: the accept value for the sample nonce.
        #expect(client.text.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
        client.write(Self.frame("two"))
        #expect(client.read(until: "\u{3}two"))
        #expect(service.log == ["opened", "one", "two"])
        #expect(rig.tools.counters.webSocketsOpen == 1)
        client.write(Self.frame("\u{3}\u{68}", opcode: 8))
        client.forget()
        #expect(client.read(4))
        client.finish()
        #expect(client.waitForEnd())
        #expect(rig.turn { rig.tools.ledger.counts.open == 0 })
        #expect(rig.tools.counters.webSocketsOpen == 0)
        #expect(service.log.count == 4)
        #expect(service.log.last?.hasPrefix("closed") == true)
    }

    @Test func theServiceMaySpeakUnasked() throws {
        let service = EchoService()
        let rig = try DoorRig(service: service)
        let (first, second) = (try rig.client(), try rig.client())
        first.write(Self.handshake)
        second.write(Self.handshake)
        #expect(first.read(until: "\r\n\r\n") && second.read(until: "\r\n\r\n"))
        // What one says the other hears: the service uses a link outside of its own event.
        service.isRelay = true
        first.write(Self.frame("hello"))
        #expect(second.read(until: "hello"))
        service.links[0].close(.goingAway, reason: "bye")
        rig.tools.wake(0)
        #expect(first.read(until: "bye"))
    }

    @Test func aSlowReaderIsClosed() throws {
        let service = EchoService()
        let rig = try DoorRig(service: service)
        let client = try rig.client()
        client.write(Self.handshake)
        #expect(client.read(until: "\r\n\r\n"))
        let link = service.links[0]
        let block = WebSocketMessage(.binary, [UInt8](repeating: 0, count: 65_536))
        var sent = 0
        while link.send(block), sent < 4_096 {
            sent += 1
            rig.door.serve(at: rig.now)
            rig.door.tick(at: rig.now)
        }
        #expect(sent < 4_096)
        #expect(!link.isOpen)
        rig.settle()
        // It does not read its Close frame either.
        rig.move(6)
        #expect(rig.turn { rig.tools.ledger.counts.open == 0 })
        #expect(service.log == ["opened", "closed closeTimeout"])
    }

    @Test func aVanishedClientIsFound() throws {
        let service = EchoService()
        let rig = try DoorRig(service: service)
        let client = try rig.client()
        client.write(Self.handshake)
        #expect(client.read(until: "\r\n\r\n"))
        rig.move(31)
        client.forget()
        // A Ping of no bytes.
        #expect(client.read(2))
        #expect(client.received == [0x89, 0x00])
        rig.move(16)
        #expect(client.waitForEnd())
        #expect(service.log == ["opened", "closed pongTimeout"])
    }

    @Test(arguments: [false, true])
    func theEndOfTheServerIsSaid(isSecure: Bool) throws {
        let service = EchoService()
        let rig = try DoorRig(tls: true, service: service)
        let client = try rig.client()
        if isSecure { #expect(try client.shake()) }
        client.write(Self.handshake)
        #expect(client.read(until: "\r\n\r\n"))
        client.forget()
        rig.stop()
        #expect(client.waitForEnd())
        // Close, two bytes: 1001.
        #expect(client.received == [0x88, 0x02, 0x03, 0xE9])
        #expect(service.log == ["opened", "closed lost"])
    }

    @Test func aBrokenHandshakeIsRefused() throws {
        let rig = try DoorRig(service: EchoService())
        let client = try rig.client()
        client.write(
            "GET /chat HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
                + "sec-websocket-version: 8\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        #expect(client.read(until: "\r\n\r\n"))
        #expect(client.text.hasPrefix("HTTP/1.1 426 "))
    }
}

/// Sends back what comes, or to the other clients.
private final class EchoService: WebService {
    var log: [String] = []
    var links: [WebSocketLink] = []
    var isRelay = false

    func answer(_ request: WebRequest) -> WebAnswer { .webSocket(subprotocols: []) }

    func opened(_ link: WebSocketLink) {
        log.append("opened")
        links.append(link)
    }

    func received(_ message: WebSocketMessage, on link: WebSocketLink) {
        log.append(message.text ?? "binary")
        if isRelay {
            for other in links where other !== link { other.send(message) }
        } else {
            link.send(message)
        }
    }

    func closed(_ link: WebSocketLink, _ end: WebSocketEnd) { log.append("closed \(end)") }
}
