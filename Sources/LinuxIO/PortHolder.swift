package import Primitives

/// The process that holds a port, for the message that says why binding failed.
package struct PortHolder: Hashable, Sendable {
    /// The address it is bound to, which may be the unspecified one.
    package let address: TransportAddress
    /// The process; nil when this process may not look (it belongs to another user) or it is gone.
    package let processID: Int32?
    /// Its name as the kernel knows it, at most 15 bytes.
    package let command: String?

    package enum Transport: String, Sendable {
        case udp
        case tcp
    }

    /// Who stands in the way of binding `address`: sockets on the same port, and on the same
    /// address or an unspecified one. Reads /proc; empty when it tells nothing.
    package static func find(_ address: TransportAddress, _ transport: Transport) -> [PortHolder] {
        guard address.ip.family == .ipv4 else {
            return find(address, transport, in: transport.rawValue + "6")
        }
        let holders = find(address, transport, in: transport.rawValue)
        guard holders.isEmpty else { return holders }
        // A socket on `::` that is not confined to IPv6 holds the port of both families (ipv6(7)).
        let both = TransportAddress(IPAddress(family: .ipv6, bits: 0), address.port)
        return find(both, transport, in: transport.rawValue + "6").filter { $0.address == both }
    }

    private static func find(
        _ address: TransportAddress, _ transport: Transport, in table: String
    ) -> [PortHolder] {
        guard let text = try? File.readText("/proc/net/\(table)", max: 64 << 20) else { return [] }
        var holders: [PortHolder] = []
        var inodes: [Substring] = []
        for line in text.split(separator: "\n").dropFirst() {
            guard let entry = SocketTableEntry(line), entry.local.port == address.port,
                entry.collides(with: address.ip), transport == .udp || entry.isListening
            else { continue }
            holders.append(PortHolder(address: entry.local, processID: nil, command: nil))
            inodes.append(entry.inode)
        }
        guard !holders.isEmpty else { return [] }
        let owners = SocketOwners(of: inodes)
        return zip(holders, inodes).map { holder, inode in
            let owner = owners.processes[inode]
            return PortHolder(
                address: holder.address, processID: owner, command: owner.flatMap(command))
        }
    }

    private static func command(of process: Int32) -> String? {
        let name = try? File.readText("/proc/\(process)/comm", max: 256)
        return name.map { $0.hasSuffix("\n") ? String($0.dropLast()) : $0 }
    }
}

/// A line of /proc/net/udp, udp6, tcp or tcp6 (proc_net(5)).
private struct SocketTableEntry {
    let local: TransportAddress
    let isListening: Bool
    let inode: Substring

    init?(_ line: Substring) {
        let fields = line.split(separator: " ")
        guard fields.count > 9 else { return nil }
        let parts = fields[1].split(separator: ":")
        guard parts.count == 2, let port = UInt16(parts[1], radix: 16),
            let ip = Self.address(parts[0])
        else { return nil }
        local = TransportAddress(ip, port)
        isListening = fields[3] == "0A"
        inode = fields[9]
    }

    /// The kernel prints addresses as 32-bit words in the machine's byte order.
    private static func address(_ hex: Substring) -> IPAddress? {
        var words: [UInt32] = []
        var rest = hex
        while !rest.isEmpty {
            guard let word = UInt32(rest.prefix(8), radix: 16) else { return nil }
            words.append(UInt32(bigEndian: word))
            rest = rest.dropFirst(8)
        }
        switch words.count {
        case 1: return IPAddress(v4: words[0])
        case 4:
            return IPAddress(
                v6High: UInt64(words[0]) << 32 | UInt64(words[1]),
                low: UInt64(words[2]) << 32 | UInt64(words[3]))
        default: return nil
        }
    }

    func collides(with ip: IPAddress) -> Bool {
        local.ip == ip || local.ip.bits == 0 || ip.bits == 0
    }
}

/// Which process has which of some sockets open.
private struct SocketOwners {
    var processes: [Substring: Int32] = [:]

    init(of inodes: [Substring]) {
        let wanted = Set(inodes.map { "socket:[\($0)]" })
        for name in (try? File.names(in: "/proc")) ?? [] {
            guard let process = Int32(name) else { continue }
            // Another user's process does not show its descriptors; nor does one that just ended.
            for number in (try? File.names(in: "/proc/\(process)/fd")) ?? [] {
                guard let target = try? File.linkTarget("/proc/\(process)/fd/\(number)"),
                    wanted.contains(target)
                else { continue }
                processes[target.dropFirst(8).dropLast()] = process
            }
        }
    }
}
