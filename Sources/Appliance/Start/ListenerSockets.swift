import Configuration
import LinuxIO
import Primitives

/// Opens the sockets that clients reach, all before any client is served.
enum ListenerSockets {
    /// The UDP sockets of each worker, in the order of `addresses`: the kernel spreads clients by
    /// the number of sockets, so each worker has one for each address.
    static func open(
        _ addresses: [TransportAddress], workers: Int, options: UDPOptions
    ) throws(StartFailure) -> [[UDPHandle]] {
        var result = [[UDPHandle]](repeating: [], count: workers)
        do throws(StartFailure) {
            for address in addresses {
                try checkFree(address)
                for worker in 0..<workers {
                    result[worker].append(try open(address, workers: workers, options))
                }
            }
        } catch {
            for handle in result.joined() { handle.close() }
            throw error
        }
        return result
    }

    /// The TCP listeners, in the order of `endpoints`; each stands alone on its port.
    static func open(
        _ endpoints: [StreamEndpoint], device: String?
    ) throws(StartFailure) -> [TCPListener] {
        var result: [TCPListener] = []
        do throws(StartFailure) {
            for endpoint in endpoints { result.append(try open(endpoint, device)) }
        } catch {
            for listener in result { listener.close() }
            throw error
        }
        return result
    }

    /// A TCP listener that is to take the place of those of `open` whose address overlaps with its
    /// own; all of them serve until those are closed.
    static func open(
        _ address: TransportAddress, replacing open: [TransportAddress: TCPListener]
    ) throws(StartFailure) -> TCPListener {
        let others = open.filter { other, _ in
            other.port == address.port && other.ip.family == address.ip.family
                && (other.ip.isUnspecified || address.ip.isUnspecified)
        }
        do throws(SystemError) {
            return try TCPListener.open(address, beside: Array(others.values))
        } catch {
            throw failure(address, .tcp, error)
        }
    }

    private static func open(
        _ endpoint: StreamEndpoint, _ device: String?
    ) throws(StartFailure) -> TCPListener {
        do throws(SystemError) {
            return try TCPListener.open(endpoint.address, device: device)
        } catch {
            throw failure(endpoint.address, .tcp, error)
        }
    }

    private static func open(
        _ address: TransportAddress, workers: Int, _ options: UDPOptions
    ) throws(StartFailure) -> UDPHandle {
        var options = options
        options.reusePort = workers > 1
        do throws(SystemError) {
            return try UDPHandle.open(address, options)
        } catch {
            throw failure(address, .udp, error)
        }
    }

    /// Binds once without SO_REUSEPORT: with it, a second server of the same user would get half
    /// of the clients and nobody would be told.
    private static func checkFree(_ address: TransportAddress) throws(StartFailure) {
        do throws(SystemError) {
            try UDPHandle.open(address, UDPOptions()).close()
        } catch {
            throw failure(address, .udp, error)
        }
    }

    private static func failure(
        _ address: TransportAddress, _ transport: PortHolder.Transport, _ error: SystemError
    ) -> StartFailure {
        let name = transport == .udp ? "UDP" : "TCP"
        switch error.errno {
        case .addressInUse:
            let all = PortHolder.find(address, transport)
            let strangers = all.filter { $0.processID != Process.id }
            // One program may hold it with a socket for each of its threads.
            let holders = Set((strangers.isEmpty ? all : strangers).map(Self.describe)).sorted()
            let who = holders.isEmpty ? "another process" : holders.joined(separator: ", ")
            return StartFailure(
                "\(name) port \(address.port) on \(address.ip) is busy: \(who) has it. "
                    + "Stop that, or choose another port")
        case .accessDenied, .notPermitted:
            return StartFailure(
                "\(name) \(address) may not be opened: \(error.errno.text). Ports below 1024 need "
                    + "root or the capability CAP_NET_BIND_SERVICE, which a daemon gives up once "
                    + "its ports are open: they take a restart")
        default: return StartFailure("\(name) \(address) cannot be opened: \(error)")
        }
    }

    private static func describe(_ holder: PortHolder) -> String {
        guard let process = holder.processID else { return "a process of another user" }
        return "\(holder.command ?? "a process") (process \(process))"
    }
}
