import LinuxIO
import Primitives

/// Opens the client sockets: one for each listening address and worker, all bound before any
/// client is served, since the kernel spreads clients by the number of sockets.
enum ListenerSockets {
    /// The sockets of each worker, in the order of `addresses`.
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

    private static func open(
        _ address: TransportAddress, workers: Int, _ options: UDPOptions
    ) throws(StartFailure) -> UDPHandle {
        var options = options
        options.reusePort = workers > 1
        do throws(SystemError) {
            return try UDPHandle.open(address, options)
        } catch {
            throw failure(address, error)
        }
    }

    /// Binds once without SO_REUSEPORT: with it, a second server of the same user would get half
    /// of the clients and nobody would be told.
    private static func checkFree(_ address: TransportAddress) throws(StartFailure) {
        do throws(SystemError) {
            try UDPHandle.open(address, UDPOptions()).close()
        } catch {
            throw failure(address, error)
        }
    }

    private static func failure(_ address: TransportAddress, _ error: SystemError) -> StartFailure {
        switch error.errno {
        case .addressInUse:
            // One program may hold it with a socket for each of its threads.
            let holders = Set(PortHolder.find(address, .udp).map(Self.describe)).sorted()
            let who = holders.isEmpty ? "another process" : holders.joined(separator: ", ")
            return StartFailure(
                "UDP port \(address.port) on \(address.ip) is busy: \(who) has it. "
                    + "Stop that, or choose another listening-port")
        case .accessDenied, .notPermitted:
            return StartFailure(
                "UDP \(address) may not be opened: \(error.errno.text). Ports below 1024 need "
                    + "root or the capability CAP_NET_BIND_SERVICE")
        default: return StartFailure("UDP \(address) cannot be opened: \(error)")
        }
    }

    private static func describe(_ holder: PortHolder) -> String {
        guard let process = holder.processID else { return "a process of another user" }
        return "\(holder.command ?? "a process") (process \(process))"
    }
}
