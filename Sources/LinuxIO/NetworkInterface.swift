import CLinux
package import Primitives

/// One address of one interface of the host.
package struct NetworkInterface: Hashable, Sendable {
    package let name: String
    package let index: UInt32
    package let address: IPAddress
    /// Length of the network's prefix in bits.
    package let prefix: Int
    package let broadcast: IPAddress?
    package let isUp: Bool
    package let isLoopback: Bool
    package let isPointToPoint: Bool

    /// The addresses that are reachable on the link itself.
    package var network: AddressRange? { AddressRange(address, prefix: prefix) }

    /// All addresses of the host, as of now, in the system's order.
    package static func all() throws(SystemError) -> [NetworkInterface] {
        // The number can grow between two calls, so the second may ask for more again.
        var capacity = 64
        while true {
            var entries = [ts_interface](repeating: ts_interface(), count: capacity)
            let count = Int(try check(ts_interfaces(&entries, Int32(capacity)), "getifaddrs"))
            if count <= capacity { return entries.prefix(count).compactMap(Self.init) }
            capacity = count * 2
        }
    }

    /// The kernel's word for what drives an interface, such as `veth`; nil where it says nothing.
    package static func driver(of name: String) -> String? {
        var text = [CChar](repeating: 0, count: 64)
        let result = name.withCString { ts_interface_driver($0, &text, text.count) }
        guard result == 0 else { return nil }
        return text.withUnsafeBytes { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    private init?(_ entry: ts_interface) {
        guard let address = TransportAddress(entry.address) else { return nil }
        // getifaddrs has the label of an IPv4 address in its place, which is eth0:1 for an alias.
        // No name of an interface has a colon.
        name = withUnsafeBytes(of: entry.name) { bytes in
            String(
                decoding: bytes.prefix { $0 != 0 && $0 != UInt8(ascii: ":") }, as: UTF8.self)
        }
        index = entry.index
        self.address = address.ip
        prefix = Int(entry.prefix)
        // getifaddrs puts the own address here where no broadcast address was configured.
        broadcast = TransportAddress(entry.broadcast).flatMap {
            $0.ip == address.ip ? nil : $0.ip
        }
        isUp = entry.flags & TS_INTERFACE_UP != 0
        isLoopback = entry.flags & TS_INTERFACE_LOOPBACK != 0
        isPointToPoint = entry.flags & TS_INTERFACE_POINT_TO_POINT != 0
    }
}

/// Becomes readable when an address of the host comes or goes (netlink).
package struct AddressWatch: ~Copyable, Sendable {
    private let descriptor: FileDescriptor

    package init() throws(SystemError) {
        descriptor = FileDescriptor(owning: try check(ts_address_watch_open(), "netlink"))
    }

    package var raw: Int32 { descriptor.raw }

    /// Takes the notices; true when there was any, and the addresses should be read anew.
    package func drain() throws(SystemError) -> Bool {
        try check(ts_address_watch_drain(descriptor.raw), "recv") == 1
    }
}

package enum Routes {
    /// The own address that packets to `destination` leave from; sends nothing. Nil when there is
    /// no route.
    package static func source(toward destination: IPAddress) -> IPAddress? {
        // Any port will do: routing does not look at it, but connect refuses 0.
        var peer = TransportAddress(destination, 9).system
        var source = ts_address()
        guard ts_source_address(&peer, &source) == 0 else { return nil }
        return TransportAddress(source)?.ip
    }
}
