import Admin
import LinuxIO
import Primitives
import Testing

@testable import Appliance

@Suite struct AdminClientsTests {
    /// A listener, its clients and their epoll, driven by hand.
    private struct Desk: ~Copyable {
        let path: String
        let epoll: Epoll
        let clients: AdminClients
        var service = StubService()

        init(_ access: AdminAccess = AdminAccess()) throws {
            // In the abstract space: no file to clean up, nothing shared between runs.
            let suffix = Entropy.bytes(8).map { String($0, radix: 16) }.joined()
            let path = "@ts-admin-\(Process.id)-\(suffix)"
            let epoll = try Epoll()
            let clients = AdminClients(
                listener: try UnixListener(path: path, mode: access.fileMode), access: access)
            try epoll.add(clients.listenerRaw, .readable, token: ControlToken.adminListener)
            self.path = path
            self.epoll = epoll
            self.clients = clients
        }

        /// One turn of the control loop.
        mutating func turn(at now: MonotonicTime = Clock.monotonic()) {
            for index in 0..<epoll.wait(milliseconds: 0) {
                let (token, readiness) = epoll[index]
                if let client = ControlToken.clientIndex(token) {
                    clients.serve(client, readiness, epoll, &service, at: now)
                } else {
                    _ = clients.accept(epoll, at: now)
                }
            }
            clients.tick(epoll, &service, at: now)
        }

        /// Turns until the client has its answer.
        mutating func answer(_ client: Conversation) throws -> String {
            for _ in 0..<1_000 where !client.hasEnded {
                turn()
                try client.read()
            }
            #expect(client.hasEnded)
            return client.text
        }
    }

    private static func get(_ path: String) -> String {
        "GET \(path) HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    }

    @Test func answersOverARealSocket() throws {
        var desk = try Desk()
        let client = try Conversation(path: desk.path)
        try client.write(Self.get("/v1/status"))
        let text = try desk.answer(client)
        #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(text.contains(#""realm":"example.org""#))
        #expect(desk.clients.nextDeadline == .never)
    }

    @Test func sendsAnAnswerLargerThanTheSocketHolds() throws {
        var desk = try Desk()
        desk.service.warnings = Array(repeating: "0123456789", count: 200_000)
        let client = try Conversation(path: desk.path)
        try client.write(Self.get("/v1/status"))
        let text = try desk.answer(client)
        #expect(text.utf8.count > 2_000_000)
        #expect(text.hasSuffix("}"))
    }

    @Test func endsClientsThatSayNothing() throws {
        var desk = try Desk()
        let client = try Conversation(path: desk.path)
        let now = Clock.monotonic()
        desk.turn(at: now)
        #expect(desk.clients.nextDeadline == now + Seconds(60))
        try client.read()
        #expect(!client.hasEnded)
        desk.turn(at: now + Seconds(60))
        try client.read()
        #expect(client.hasEnded)
        #expect(client.text.isEmpty)
    }

    @Test func aClientThatLeavesDoesNotKeepTheLoopAwake() throws {
        var desk = try Desk()
        desk.service.warnings = Array(repeating: "0123456789", count: 200_000)
        var client: Conversation? = try Conversation(path: desk.path)
        try client?.write(Self.get("/v1/status"))
        for _ in 0..<3 { desk.turn() }
        client = nil
        for _ in 0..<3 { desk.turn() }
        let left = desk.epoll.wait(milliseconds: 0)
        #expect(left == 0)
        #expect(desk.clients.nextDeadline == .never)
    }

    @Test func turnsAwayOneClientTooMany() throws {
        var desk = try Desk()
        var idle: [Conversation] = []
        for _ in 0..<AdminConnection.connectionsMax {
            idle.append(try Conversation(path: desk.path))
        }
        desk.turn()
        let extra = try desk.answer(try Conversation(path: desk.path))
        #expect(extra.hasPrefix("HTTP/1.1 503 "))
        idle.removeAll()
        desk.turn()
        let next = try Conversation(path: desk.path)
        try next.write(Self.get("/v1/nothing"))
        #expect(try desk.answer(next).hasPrefix("HTTP/1.1 404 "))
    }
}

/// The client's end; a read waits for a moment only.
private final class Conversation {
    private let connection: UnixConnection
    private var bytes: [UInt8] = []
    private(set) var hasEnded = false

    init(path: String) throws {
        connection = try UnixConnection(path: path, timeoutMilliseconds: 2)
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    func write(_ text: String) throws { try connection.write(Array(text.utf8)) }

    func read() throws {
        do throws(SystemError) {
            let read = try connection.read()
            hasEnded = read.isEmpty
            bytes += read
        } catch {
            guard error.errno == .timedOut else { throw error }
        }
    }
}

private struct StubService: AdminService {
    var warnings: [String] = []

    mutating func answer(_ request: AdminRequest) -> AdminReply {
        guard request == .status else {
            return .refused(AdminRefusal(.notConfigured, "none"))
        }
        return .status(
            StatusSnapshot(
                processID: Process.id, uptimeSeconds: 0, realm: "example.org", listeners: [],
                relays: [], ports: PortSnapshot(first: 1, last: 2, inUse: 0),
                allocations: AllocationCounts(current: 0, sinceStart: 0, max: nil), workers: [],
                stun: StunCounters(requests: [:], errors: [:]), budget: BudgetSnapshot(),
                warnings: warnings))
    }
}
