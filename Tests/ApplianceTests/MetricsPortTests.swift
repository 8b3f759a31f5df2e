import Configuration
import HTTP
import LinuxIO
import Primitives
import Testing

@testable import Appliance

/// The port of metrics without a daemon around it.
@Suite struct MetricsPortTests {
    let port: MetricsPort
    var metrics = ServerConfiguration.Metrics()

    init() throws {
        port = try MetricsPort()
        let probe = try TCPListener.open(TransportAddress(IPAddress(127, 0, 0, 1), 0))
        metrics.port = try probe.localAddress().port
        probe.close()
        metrics.isEnabled = true
    }

    func apply(_ metrics: ServerConfiguration.Metrics) throws -> [String] {
        let preparation = try port.prepare(metrics)
        return port.apply(preparation, .init(), at: Clock.now()).map(\.1)
    }

    func isOpen(_ address: TransportAddress) throws -> Bool {
        do throws(SystemError) {
            try TCPListener.open(address).close()
            return false
        } catch {
            #expect(error.errno == .addressInUse)
            return true
        }
    }

    @Test("Nothing listens before it is asked for, nor after it is switched off")
    func switching() throws {
        var metrics = metrics
        #expect(try !isOpen(metrics.endpoint))
        #expect(try apply(metrics) == ["metrics on http://\(metrics.endpoint)/metrics"])
        #expect(try isOpen(metrics.endpoint))
        // The same once more says nothing, and keeps the socket.
        #expect(try apply(metrics) == [])
        metrics.path = "/other"
        #expect(try apply(metrics) == ["metrics on http://\(metrics.endpoint)/other"])
        metrics.isEnabled = false
        #expect(try apply(metrics) == [])
        #expect(try !isOpen(metrics.endpoint))
    }

    @Test("A busy port is known before anything is changed; what was opened in vain is closed")
    func busy() throws {
        _ = try apply(metrics)
        let holder = try TCPListener.open(TransportAddress(IPAddress(127, 0, 0, 1), 0))
        var moved = metrics
        moved.port = try holder.localAddress().port
        let failure = #expect(throws: StartFailure.self) { try port.prepare(moved) }
        #expect(try #require(failure?.description).contains("TCP port \(moved.port)"))
        holder.close()
        try port.prepare(moved).discard()
        #expect(try !isOpen(moved.endpoint))
        #expect(try isOpen(metrics.endpoint))
        _ = try apply(moved)
        #expect(try isOpen(moved.endpoint) && !isOpen(metrics.endpoint))
    }

    @Test("The unspecified address takes over from one of its family, on the same port, and back")
    func overlaps() throws {
        var metrics = metrics
        _ = try apply(metrics)
        let narrow = metrics.endpoint
        let beside = TransportAddress(IPAddress(127, 0, 0, 2), metrics.port)
        metrics.address = IPAddress(v4: 0)
        let wide = metrics.endpoint
        // A rehearsal leaves the old one, and nobody else may listen beside it.
        try port.prepare(metrics).discard()
        #expect(try isOpen(narrow) && !isOpen(beside))
        #expect(try apply(metrics) == ["metrics on http://\(wide)/metrics"])
        #expect(try isOpen(narrow) && isOpen(beside))
        metrics.address = narrow.ip
        _ = try apply(metrics)
        #expect(try isOpen(narrow) && !isOpen(beside))
    }

    @Test("Another program on one of the addresses is named, and what was open stays open")
    func overlapRefused() throws {
        _ = try apply(metrics)
        let beside = TransportAddress(IPAddress(127, 0, 0, 2), metrics.port)
        let holder = try TCPListener.open(beside)
        var wide = metrics
        wide.address = IPAddress(v4: 0)
        let failure = #expect(throws: StartFailure.self) { try port.prepare(wide) }
        #expect(try #require(failure?.description).contains("TCP port \(wide.port) on 0.0.0.0"))
        #expect(try isOpen(metrics.endpoint))
        holder.close()
        _ = try apply(wide)
        #expect(try isOpen(beside))
    }

    @Test("An address that stays keeps its socket, and with it who has just connected")
    func kept() throws {
        var metrics = metrics
        metrics.address = IPAddress(v4: 0)
        _ = try apply(metrics)
        let client = try TCPHandle.connect(
            to: TransportAddress(IPAddress(127, 0, 0, 1), metrics.port))
        defer { client.close() }
        metrics.address = IPAddress("::")
        try port.prepare(metrics).discard()
        let holder = try TCPListener.open(TransportAddress(IPAddress("::1")!, metrics.port))
        #expect(throws: StartFailure.self) { try port.prepare(metrics) }
        holder.close()
        _ = try apply(metrics)
        #expect(try isOpen(TransportAddress(IPAddress("::1")!, metrics.port)))
        // Had its listener been closed, this would be a reset.
        withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { byte in
            guard case .wouldBlock? = try? client.read(into: byte) else {
                Issue.record("the connection was cut")
                return
            }
        }
        port.stop(at: Clock.now())
    }

    @Test("One path; others are told which, and before the daemon runs nobody gets numbers")
    func answers() throws {
        let service = MetricsService()
        service.path = "/a/metrics"
        func status(_ method: HTTPMethod, _ segments: [String]) throws -> HTTPStatus {
            let request = HTTPRequest(method, HTTPTarget(segments: segments))
            let client = TransportAddress(IPAddress(127, 0, 0, 1), 1)
            let answer = service.answer(WebRequest(request, isSecure: false, client: client))
            guard case .response(let response) = answer else { return .upgradeRequired }
            return response.status
        }
        #expect(try status(.get, ["a", "metrics"]) == .unavailable)
        #expect(try status(.post, ["a", "metrics"]) == .methodNotAllowed)
        #expect(try status(.get, ["metrics"]) == .notFound)
        #expect(try status(.get, ["a", "metrics", ""]) == .notFound)
        #expect(try status(.get, [""]) == .notFound)
    }
}
