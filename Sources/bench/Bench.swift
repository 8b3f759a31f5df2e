// bench: the load generator of scripts/bench. It plays many TURN clients and their peers on one
// interface. Datagrams travel as whole Ethernet frames, so that they cost a fraction of what any
// server costs per packet; clients over TCP and TLS use the kernel's sockets. Every packet that
// comes back is checked. One thread, which never sleeps while it measures. Results are lines of
// JSON on standard output.
import LinuxIO

@main
enum Bench {
    static func main() {
        do {
            let options = try Options(Array(CommandLine.arguments.dropFirst()))
            try run(options)
        } catch {
            StandardStream.error.write("bench: \(error)\n")
            Process.exit(1)
        }
    }

    private static func run(_ options: Options) throws {
        let server = options.process.map { ServerProcess(id: $0) }
        switch options.mode {
        case .null:
            let port = try PacketPort(interface: options.interface)
            try measure(options, PacketPath(port, Flows.bounced(options)), server)
        case .relay:
            let port = try PacketPort(interface: options.interface)
            let clients = Clients(options, port, count: options.flows)
            try clients.allocate(0..<options.flows)
            try clients.bindChannels(0..<options.flows)
            try measure(options, PacketPath(port, Flows.relayed(clients, options)), server)
            try clients.release(0..<options.flows)
        case .stream:
            let port = try PacketPort(interface: options.interface)
            let clients = try StreamClients(options, count: options.flows)
            try clients.connect(options.flows)
            try clients.allocate(options.flows)
            try clients.bindChannels()
            print(jsonObject([("scenario", "\"wire\""), ("name", "\"\(clients.wire)\"")]))
            let flows = Flows.streamed(clients, options)
            try measure(options, StreamPath(port, flows, clients.list), server)
        case .idle:
            try IdleLoad(options: options, server: server).run()
        case .control:
            let port = try PacketPort(interface: options.interface)
            try ControlLoad(options: options, port: port, server: server).run()
        case .setup: try setUp(options, server)
        case .sessions: try SessionLoad(options: options, server: server).run()
        case .storm: try StormLoad(options).run(server)
        }
    }

    private static func setUp(_ options: Options, _ server: ServerProcess?) throws {
        let fleet = try CallFleet(options, count: 2 * options.flows)
        try fleet.connect(0..<2 * options.flows) { _, _ in }
        let load = SetupLoad(fleet, server)
        for rate in options.rates { print(try load.run(rate: rate)) }
    }

    private static func measure(
        _ options: Options, _ path: some LoadPath, _ server: ServerProcess?
    ) throws {
        let load = Load(options: options, path: path, server: server)
        for scenario in options.scenarios { print(try load.run(scenario).json) }
    }
}
