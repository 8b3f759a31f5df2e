import Doctor
import LinuxIO
import Primitives

/// Whether this is a container, and what docker's proxy holds on this machine.
enum ContainerReader {
    static func read(_ interfaces: [NetworkInterface]) -> ContainerFacts {
        var facts = ContainerFacts()
        if exists("/.dockerenv") { facts.engine = "docker" }
        if exists("/run/.containerenv") { facts.engine = "podman" }
        let names = Set(interfaces.filter { !$0.isLoopback }.map(\.name))
        facts.paired = names.filter(isPaired)
        let published = proxies()
        facts.proxiedUDP = PortSet(published.filter(\.isUDP).map(\.port))
        return facts
    }

    private static func exists(_ path: String) -> Bool {
        ((try? File.status(path)) ?? nil) != nil
    }

    /// The other end of a veth has a number of another network: sysfs shows both (sysfs-class-net).
    private static func isPaired(_ name: String) -> Bool {
        let folder = "/sys/class/net/\(name)"
        guard let own = KernelReader.text("\(folder)/ifindex").flatMap(ProcText.number),
            let other = KernelReader.text("\(folder)/iflink").flatMap(ProcText.number)
        else { return false }
        return own != other
    }

    private static func proxies() -> [(isUDP: Bool, port: UInt16)] {
        let processes = ((try? File.names(in: "/proc")) ?? []).filter { Int32($0) != nil }
        return processes.compactMap { process in
            guard KernelReader.text("/proc/\(process)/comm")?.hasPrefix("docker-proxy") == true,
                let bytes = try? File.read("/proc/\(process)/cmdline", max: 1 << 16)
            else { return nil }
            let words = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            return ProcText.dockerProxy(words)
        }
    }
}
