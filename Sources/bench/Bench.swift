// bench: the load generator of scripts/bench. It plays many TURN clients and their peers on one
// interface, as whole Ethernet frames, so that it costs a fraction of what any server costs per
// packet; every packet that comes back is checked. One thread, which never sleeps while it
// measures. Results are lines of JSON on standard output.
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
        let port = try PacketPort(interface: options.interface)
        let server = options.process.map { ServerProcess(id: $0) }
        switch options.mode {
        case .null:
            let flows = Flows.bounced(options)
            try measure(options, port, flows, server)
        case .relay:
            let clients = Clients(options, port, count: options.flows)
            try clients.allocate(0..<options.flows)
            try clients.bindChannels(0..<options.flows)
            try measure(options, port, Flows.relayed(clients, options), server)
        case .control:
            try ControlLoad(options: options, port: port, server: server).run()
        }
    }

    private static func measure(
        _ options: Options, _ port: PacketPort, _ flows: Flows, _ server: ServerProcess?
    ) throws {
        let load = PacketLoad(options: options, port: port, flows: flows, server: server)
        for scenario in options.scenarios { print(try load.run(scenario).json) }
    }
}
