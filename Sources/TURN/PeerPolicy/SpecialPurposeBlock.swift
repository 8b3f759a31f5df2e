package import Primitives

/// A block of addresses that is not ordinary public address space, and who says so.
package struct SpecialPurposeBlock: Sendable {
    package let range: AddressRange
    package let peerClass: PeerClass
    /// The name in the registry, or what the block is.
    package let name: String
    /// The document that sets the block apart.
    package let source: String

    private init(_ range: String, _ peerClass: PeerClass, _ name: String, _ source: String) {
        guard let range = AddressRange(range) else { preconditionFailure("bad block \(range)") }
        self.range = range
        self.peerClass = peerClass
        self.name = name
        self.source = source
    }

    /// All blocks; the narrowest that holds an address decides its class.
    package static let all: [SpecialPurposeBlock] = ipv4 + ipv6 + metadata

    /// The IANA IPv4 Special-Purpose Address Registry, with multicast (RFC 5771).
    private static let ipv4: [SpecialPurposeBlock] = [
        .init("0.0.0.0/8", .unspecified, "this network", "RFC 791 §3.2"),
        .init("0.0.0.0/32", .unspecified, "this host on this network", "RFC 1122 §3.2.1.3"),
        .init("10.0.0.0/8", .private, "private use", "RFC 1918"),
        .init("100.64.0.0/10", .cgnat, "shared address space", "RFC 6598"),
        .init("127.0.0.0/8", .loopback, "loopback", "RFC 1122 §3.2.1.3"),
        .init("169.254.0.0/16", .linkLocal, "link local", "RFC 3927"),
        .init("172.16.0.0/12", .private, "private use", "RFC 1918"),
        .init("192.0.0.0/24", .special, "IETF protocol assignments", "RFC 6890 §2.1"),
        .init("192.0.0.0/29", .special, "IPv4 service continuity", "RFC 7335"),
        .init("192.0.0.8/32", .special, "IPv4 dummy address", "RFC 7600"),
        .init("192.0.0.9/32", .special, "port control protocol anycast", "RFC 7723"),
        .init("192.0.0.10/32", .special, "TURN anycast", "RFC 8155"),
        .init("192.0.0.170/31", .special, "NAT64 and DNS64 discovery", "RFC 8880"),
        .init("192.0.2.0/24", .documentation, "TEST-NET-1", "RFC 5737"),
        .init("192.31.196.0/24", .special, "AS112-v4", "RFC 7535"),
        .init("192.52.193.0/24", .special, "AMT", "RFC 7450"),
        .init("192.88.99.0/24", .special, "6to4 relay anycast", "RFC 7526"),
        .init("192.88.99.2/32", .special, "6a44 relay anycast", "RFC 6751"),
        .init("192.168.0.0/16", .private, "private use", "RFC 1918"),
        .init("192.175.48.0/24", .special, "direct delegation AS112", "RFC 7534"),
        .init("198.18.0.0/15", .benchmarking, "benchmarking", "RFC 2544"),
        .init("198.51.100.0/24", .documentation, "TEST-NET-2", "RFC 5737"),
        .init("203.0.113.0/24", .documentation, "TEST-NET-3", "RFC 5737"),
        .init("224.0.0.0/4", .multicast, "multicast", "RFC 5771"),
        .init("240.0.0.0/4", .reserved, "reserved", "RFC 1112 §4"),
        .init("255.255.255.255/32", .broadcast, "limited broadcast", "RFC 8190"),
    ]

    /// The IANA IPv6 Special-Purpose Address Registry, with the parts of the IPv6 address space
    /// that are not global unicast (2000::/3) and the transition formats of old.
    private static let ipv6: [SpecialPurposeBlock] = [
        .init("::/3", .reserved, "not global unicast", "RFC 4291 §4"),
        .init("4000::/2", .reserved, "not global unicast", "RFC 4291 §4"),
        .init("8000::/1", .reserved, "not global unicast", "RFC 4291 §4"),
        .init("::/128", .unspecified, "unspecified address", "RFC 4291 §2.5.2"),
        .init("::1/128", .loopback, "loopback address", "RFC 4291 §2.5.3"),
        .init("::/96", .embedded, "IPv4-compatible address", "RFC 4291 §2.5.5.1"),
        .init("::ffff:0:0/96", .embedded, "IPv4-mapped address", "RFC 4291 §2.5.5.2"),
        .init("::ffff:0:0:0/96", .embedded, "IPv4-translated address", "RFC 2765 §2.1"),
        .init("64:ff9b::/96", .nat64, "IPv4-IPv6 translation", "RFC 6052"),
        .init("64:ff9b:1::/48", .nat64, "IPv4-IPv6 translation", "RFC 8215"),
        .init("100::/64", .special, "discard-only", "RFC 6666"),
        .init("100:0:0:1::/64", .special, "dummy prefix", "RFC 9780"),
        .init("2001::/23", .special, "IETF protocol assignments", "RFC 2928"),
        .init("2001::/32", .teredo, "Teredo", "RFC 4380, RFC 8656 §21.4"),
        .init("2001:1::1/128", .special, "port control protocol anycast", "RFC 7723"),
        .init("2001:1::2/128", .special, "TURN anycast", "RFC 8155"),
        .init("2001:1::3/128", .special, "DNS-SD registration anycast", "RFC 9665"),
        .init("2001:2::/48", .benchmarking, "benchmarking", "RFC 5180"),
        .init("2001:3::/32", .special, "AMT", "RFC 7450"),
        .init("2001:4:112::/48", .special, "AS112-v6", "RFC 7535"),
        .init("2001:10::/28", .special, "ORCHID, deprecated", "RFC 4843"),
        .init("2001:20::/28", .special, "ORCHIDv2", "RFC 7343"),
        .init("2001:30::/28", .special, "drone remote identification", "RFC 9374"),
        .init("2001:db8::/32", .documentation, "documentation", "RFC 3849"),
        .init("2002::/16", .sixToFour, "6to4", "RFC 3056, RFC 8656 §21.4"),
        .init("2620:4f:8000::/48", .special, "direct delegation AS112", "RFC 7534"),
        .init("3fff::/20", .documentation, "documentation", "RFC 9637"),
        .init("5f00::/16", .special, "segment routing identifiers", "RFC 9602"),
        .init("fc00::/7", .uniqueLocal, "unique local", "RFC 4193"),
        .init("fe80::/10", .linkLocal, "link local", "RFC 4291 §2.5.6"),
        .init("fec0::/10", .uniqueLocal, "site local, deprecated", "RFC 3879"),
        .init("ff00::/8", .multicast, "multicast", "RFC 4291 §2.7"),
    ]

    /// Where cloud providers answer virtual machines with keys and tokens, outside or inside
    /// other blocks: to be reached by nobody through a relay.
    private static let metadata: [SpecialPurposeBlock] = [
        .init("169.254.169.254/32", .metadata, "instance metadata", "most providers"),
        .init("169.254.170.2/32", .metadata, "container credentials", "AWS ECS"),
        .init("100.100.100.200/32", .metadata, "instance metadata", "Alibaba Cloud"),
        .init("168.63.129.16/32", .metadata, "platform channel", "Azure"),
        .init("192.0.0.192/32", .metadata, "instance metadata", "Oracle Cloud"),
        .init("fd00:ec2::254/128", .metadata, "instance metadata", "AWS"),
        .init("fd00:ec2::23/128", .metadata, "container credentials", "AWS EKS"),
        .init("fd20:ce::254/128", .metadata, "instance metadata", "Google Cloud"),
        .init("fd00:42::42/128", .metadata, "instance metadata", "Scaleway"),
        .init("fd00:c1::a9fe:a9fe/128", .metadata, "instance metadata", "Oracle Cloud"),
    ]
}
