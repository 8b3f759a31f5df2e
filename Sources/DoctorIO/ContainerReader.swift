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
        facts.paired = names.filter { NetworkInterface.driver(of: $0) == "veth" }
        let published = proxies()
        facts.proxiedUDP = PortSet(published.filter(\.isUDP).map(\.port))
        return facts
    }

    private static func exists(_ path: String) -> Bool {
        ((try? File.status(path)) ?? nil) != nil
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
