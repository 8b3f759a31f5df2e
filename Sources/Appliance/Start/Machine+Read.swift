import LinuxIO
import Primitives

extension Machine {
    /// This machine as it is now.
    static func read() throws(SystemError) -> Machine {
        let interfaces = try NetworkInterface.all().filter(\.isUp).map { interface in
            LocalAddress(
                ip: interface.address, prefix: interface.prefix,
                isLoopback: interface.isLoopback, broadcast: interface.broadcast)
        }
        // Documentation addresses (RFC 5737, RFC 3849): nothing is sent, routing is only asked.
        let outside = [IPAddress(192, 0, 2, 1), IPAddress("2001:db8::1")].compactMap { $0 }
        return Machine(
            interfaces: interfaces, defaultSources: outside.compactMap(Routes.source),
            cores: max(1, Thread.availableCPUs().count), domain: Host.domain() ?? "")
    }
}
