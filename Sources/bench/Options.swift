import LinuxIO
import Primitives

/// What went wrong in a run; its text is for a person.
struct BenchError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// One way of loading the server, written as `up:172:1000:1` or `down:172:400:1@20000`:
/// direction, bytes of application data, flows, packets per turn of a flow, and packets per
/// second, without which the generator keeps a window of packets in flight.
struct Scenario {
    enum Direction: String {
        case up
        case down
    }

    let text: String
    let direction: Direction
    let size: Int
    let flows: Int
    let burst: Int
    let rate: Int?

    /// Before the first.
    static let none = Scenario()

    private init() {
        (text, direction, size, flows, burst, rate) = ("", .up, Stamp.size, 1, 1, nil)
    }

    init(_ text: String) throws {
        self.text = text
        let halves = text.split(separator: "@")
        let parts = halves[0].split(separator: ":")
        guard halves.count <= 2, parts.count == 4,
            let direction = Direction(rawValue: String(parts[0])),
            let size = Int(parts[1]), (Stamp.size...1400).contains(size),
            let flows = Int(parts[2]), flows > 0, let burst = Int(parts[3]),
            (1...32).contains(burst)
        else { throw BenchError("no scenario: \(text)") }
        self.direction = direction
        self.size = size
        self.flows = flows
        self.burst = burst
        rate = halves.count == 2 ? Int(halves[1]) : nil
    }
}

/// The command line.
struct Options {
    enum Mode: String {
        /// Relayed packets, after setting up the allocations.
        case relay
        /// The same with clients over TCP or TLS.
        case stream
        /// Connections over TCP or TLS that do nothing.
        case idle
        /// The same packets against an interface that returns them: what the generator can do.
        case null
        /// Allocations and Binding requests.
        case control
        /// Calls over WebSockets, from the ring to the hang-up.
        case setup
        /// Sessions of callers that do nothing.
        case sessions
        /// All sockets of callers gone at once, all sessions resumed.
        case storm
    }

    /// What carries the frames of stream clients.
    enum Transport: String {
        case tcp
        case tls
    }

    var mode = Mode.relay
    var transport = Transport.tcp
    var interface = "ts-gen"
    var server = TransportAddress(IPAddress(10, 9, 0, 1), 3478)
    /// Of time-limited credentials, a user for each client.
    var secret = "bench"
    /// Of the one static user `bench`, whom all clients then share.
    var password: String?
    var realm = "bench"
    var process: Int32?
    var cpu: Int?
    var flows = 1000
    /// Number of the first client's name: a run whose names nobody had before begins elsewhere.
    var firstName = 0
    var seconds = 1.0
    var warmup = 0.2
    /// Packets or requests in flight at once.
    var window = 192
    var scenarios: [Scenario] = []
    /// Set-ups per second, one measurement each; nil: as many as there can be.
    var rates: [Int?] = []
    /// Where callers come from, an address each behind this one.
    var callers = IPAddress(127, 12, 0, 0)

    init(_ arguments: [String]) throws {
        guard let first = arguments.first, let mode = Mode(rawValue: first) else {
            throw BenchError(
                "usage: bench relay|stream|idle|null|control|setup|sessions|storm "
                    + "[--NAME VALUE]... [SCENARIO | RATE | max]...")
        }
        self.mode = mode
        var rest = arguments.dropFirst()
        while let name = rest.popFirst() {
            guard name.hasPrefix("--") else {
                try add(name)
                continue
            }
            guard let value = rest.popFirst() else { throw BenchError("\(name) needs a value") }
            guard try set(name, value) else { throw BenchError("no such value: \(name) \(value)") }
        }
        let most = scenarios.map(\.flows).max() ?? 0
        // Connections are slow to make, and their number is seen in the time of a look at all.
        flows = mode == .stream ? most : max(flows, most)
    }

    private mutating func add(_ load: String) throws {
        guard mode == .setup else { return scenarios.append(try Scenario(load)) }
        guard load == "max" || Int(load) ?? 0 > 0 else { throw BenchError("no rate: \(load)") }
        rates.append(Int(load))
    }

    /// A port of the kernel's choice.
    func caller(_ index: Int) -> TransportAddress {
        TransportAddress(IPAddress(v4: callers.v4 + UInt32(index) + 1), 0)
    }

    private mutating func set(_ name: String, _ value: String) throws -> Bool {
        switch name {
        case "--interface": interface = value
        case "--secret": secret = value
        case "--password": password = value
        case "--realm": realm = value
        case "--process": process = Int32(value)
        case "--flows": flows = Int(value) ?? flows
        case "--first-name": firstName = Int(value) ?? firstName
        case "--window": window = Int(value) ?? window
        case "--warmup": warmup = Double(value) ?? warmup
        case "--seconds": seconds = Double(value) ?? seconds
        case "--transport":
            guard let chosen = Transport(rawValue: value) else { return false }
            transport = chosen
        case "--cpu":
            cpu = Int(value)
            if let cpu { try Thread.pin(to: cpu) }
        case "--callers":
            guard let ip = IPAddress(value) else { return false }
            callers = ip
        case "--server":
            guard let ip = IPAddress(value) else { return false }
            server.ip = ip
        case "--port":
            guard let port = UInt16(value) else { return false }
            server.port = port
        default: return false
        }
        return true
    }
}
