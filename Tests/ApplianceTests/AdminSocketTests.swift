import Admin
import LinuxIO
import Primitives
import Testing

@testable import Appliance

@Suite struct AdminSocketTests {
    /// A name in the abstract space: no file to clean up, nothing shared between runs.
    private static func path() -> String {
        "@ts-admin-\(Process.id)-\(Entropy.bytes(8).map { String($0, radix: 16) }.joined())"
    }

    private static let here = AdminAccess(daemonUser: Process.user)

    /// Serves until the client has its answer.
    private func converse(
        _ socket: inout AdminSocket, _ service: inout StubService, _ client: Conversation
    ) throws {
        let now = Clock.monotonic()
        for _ in 0..<1_000 where !client.hasEnded {
            socket.serve(&service, at: now)
            try client.read()
        }
        #expect(client.hasEnded)
    }

    @Test func answersOverARealSocket() throws {
        let path = Self.path()
        var socket = try AdminSocket(path: path, access: Self.here)
        var service = StubService()
        let client = try Conversation(path: path)
        try client.write("GET /v1/status HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        try converse(&socket, &service, client)
        #expect(client.text.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(client.text.contains(#""realm":"example.org""#))
        let deadline = socket.nextDeadline
        #expect(deadline == .never)
    }

    @Test func sendsAnAnswerLargerThanTheSocketHolds() throws {
        let path = Self.path()
        var socket = try AdminSocket(path: path, access: Self.here)
        var service = StubService(warnings: Array(repeating: "0123456789", count: 200_000))
        let client = try Conversation(path: path)
        try client.write("GET /v1/status HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        try converse(&socket, &service, client)
        #expect(client.byteCount > 2_000_000)
        #expect(client.text.hasSuffix("}"))
    }

    @Test func endsClientsThatSayNothing() throws {
        let path = Self.path()
        var socket = try AdminSocket(path: path, access: Self.here)
        var service = StubService()
        let client = try Conversation(path: path)
        let now = Clock.monotonic()
        socket.serve(&service, at: now)
        let deadline = socket.nextDeadline
        #expect(deadline == now + Seconds(60))
        try client.read()
        #expect(!client.hasEnded)
        socket.tick(&service, at: deadline)
        try client.read()
        #expect(client.hasEnded)
        #expect(client.byteCount == 0)
    }

    @Test func turnsAwayOneClientTooMany() throws {
        let path = Self.path()
        var socket = try AdminSocket(path: path, access: Self.here)
        var service = StubService()
        var idle: [Conversation] = []
        for _ in 0..<AdminConnection.connectionsMax { idle.append(try Conversation(path: path)) }
        socket.serve(&service, at: Clock.monotonic())
        let client = try Conversation(path: path)
        try converse(&socket, &service, client)
        #expect(client.text.hasPrefix("HTTP/1.1 503 "))
        idle.removeAll()
        socket.serve(&service, at: Clock.monotonic())
        let next = try Conversation(path: path)
        try next.write("GET /v1/nothing HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        try converse(&socket, &service, next)
        #expect(next.text.hasPrefix("HTTP/1.1 404 "))
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
    var byteCount: Int { bytes.count }

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

    mutating func status() -> StatusSnapshot {
        StatusSnapshot(
            processID: Process.id, uptimeSeconds: 0, realm: "example.org", listeners: [],
            relays: [], ports: PortSnapshot(first: 1, last: 2, inUse: 0),
            allocations: AllocationCounts(current: 0, sinceStart: 0, max: nil), workers: [],
            stun: StunCounters(requests: [:], errors: [:]), budget: BudgetSnapshot(),
            warnings: warnings)
    }

    mutating func allocations(_ filter: AllocationFilter) -> AllocationList {
        AllocationList([], filter: filter)
    }

    mutating func allocation(_ id: AllocationName) -> AllocationSnapshot? { nil }

    mutating func kill(_ order: KillOrder) -> KillReply? { nil }

    mutating func issueCredential(
        _ order: CredentialOrder
    ) throws(AdminRefusal) -> CredentialReply {
        throw AdminRefusal(.notConfigured, "none")
    }
}
