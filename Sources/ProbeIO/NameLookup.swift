import LinuxIO
package import Primitives
import Synchronization

/// Why a name has no address, in the system's words.
package struct NameFailure: Error {
    package let description: String
}

/// Host names with a bound on the time: name servers may take half a minute to be silent.
package enum NameLookup {
    private final class Answer: Sendable {
        let result = Mutex<Result<[IPAddress], NameFailure>?>(nil)
        let wakeup: Wakeup
        init() throws(SystemError) { wakeup = try Wakeup() }
    }

    /// The addresses of a name, each once, in the system's order.
    package static func addresses(
        of host: String, timeout: Seconds
    ) -> Result<[IPAddress], NameFailure> {
        if let address = IPAddress(host) { return .success([address]) }
        do throws(SystemError) {
            let answer = try Answer()
            let epoll = try Epoll(capacity: 1)
            try epoll.add(answer.wakeup.raw, .readable, token: 0)
            _ = try Thread(name: "probe-names") {
                let found = lookUp(host)
                answer.result.withLock { $0 = found }
                answer.wakeup.signal()
            }
            _ = epoll.wait(milliseconds: Int32(clamping: UInt64(timeout.count) * 1_000))
            let found = answer.result.withLock { $0 }
            return found ?? .failure(NameFailure(description: "no name server answers"))
        } catch {
            return .failure(NameFailure(description: "\(error)"))
        }
    }

    private static func lookUp(_ host: String) -> Result<[IPAddress], NameFailure> {
        do throws(HostName.Failure) {
            let found = try HostName.addresses(of: host, port: 0)
            var addresses: [IPAddress] = []
            for address in found where !addresses.contains(address.ip) {
                addresses.append(address.ip)
            }
            return .success(addresses)
        } catch {
            return .failure(NameFailure(description: error.description))
        }
    }
}
