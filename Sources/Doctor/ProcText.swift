/// What the kernel prints under /proc (proc(5), proc_net(5)); a line that is not understood is left
/// out.
package enum ProcText {
    /// A UDP socket: its port and the number by which its owner is found.
    package struct Socket: Sendable, Hashable {
        package let port: UInt16
        package let inode: UInt64
    }

    /// /proc/net/udp and udp6.
    package static func sockets(_ text: String) -> [Socket] {
        text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 9,
                let port = fields[1].split(separator: ":").last.flatMap({ UInt16($0, radix: 16) }),
                let inode = UInt64(fields[9])
            else { return nil }
            return Socket(port: port, inode: inode)
        }
    }

    /// Packets that came in, and those that were thrown away because a CPU's queue was full: the
    /// first columns of /proc/net/softnet_stat, summed.
    package static func backlog(_ text: String) -> (packets: UInt64, drops: UInt64) {
        var sums: (packets: UInt64, drops: UInt64) = (0, 0)
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ").prefix(2).map { UInt64($0, radix: 16) }
            guard fields.count == 2, let packets = fields[0], let drops = fields[1] else {
                continue
            }
            sums.packets &+= packets
            sums.drops &+= drops
        }
        return sums
    }

    /// A number alone in its file.
    package static func number(_ text: String) -> Int? {
        text.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
    }

    /// `32768	60999`.
    package static func range(_ text: String) -> ClosedRange<UInt16>? {
        let ends = text.split(whereSeparator: \.isWhitespace).compactMap { UInt16($0) }
        return ends.count == 2 && ends[0] <= ends[1] ? ends[0]...ends[1] : nil
    }

    /// `8080,49152-65535`, as ip_local_reserved_ports has them.
    package static func ports(_ text: String) -> PortSet {
        let parts = text.split { $0.isWhitespace || $0 == "," }
        return PortSet(
            parts.compactMap { part -> ClosedRange<UInt16>? in
                let ends = part.split(separator: "-").compactMap { UInt16($0) }
                guard let low = ends.first, let high = ends.last, low <= high else { return nil }
                return low...high
            })
    }

    /// The soft limit of open files, out of /proc/PID/limits.
    package static func openFiles(_ text: String) -> Int? {
        let name = "Max open files"
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else {
            return nil
        }
        let value = line.dropFirst(name.count).split(separator: " ").first
        return value == "unlimited" ? .max : value.flatMap { Int($0) }
    }

    /// What one process of docker's proxy publishes, out of its words.
    package static func dockerProxy(_ words: [String]) -> (isUDP: Bool, port: UInt16)? {
        guard let port = value(of: "-host-port", words).flatMap({ UInt16($0) }) else { return nil }
        return (value(of: "-proto", words) == "udp", port)
    }

    private static func value(of option: String, _ words: [String]) -> String? {
        guard let index = words.firstIndex(where: { $0 == option || $0 == "-" + option }),
            index + 1 < words.count
        else { return nil }
        return words[index + 1]
    }
}
