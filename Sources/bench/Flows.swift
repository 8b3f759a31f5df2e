import Primitives

/// One client, its channel and its peer.
struct Flow {
    var client: TransportAddress
    var relay: TransportAddress
    var peer: TransportAddress
    var channel: UInt16
    /// Number of the newest packet sent, and of the newest that came back, per direction.
    var sent: (up: UInt64, down: UInt64) = (0, 0)
    var seen: (up: UInt64, down: UInt64) = (0, 0)
}

/// All flows of a run, and where their packets go.
struct Flows {
    let server: TransportAddress
    /// Packets come back as they were sent.
    let isBounced: Bool
    var list: [Flow]

    static func relayed(_ clients: Clients, _ options: Options) -> Flows {
        let list = (0..<options.flows).map { index in
            Flow(
                client: Addresses.client(index), relay: clients.relays[index],
                peer: Addresses.peer(index), channel: Addresses.channel)
        }
        return Flows(server: options.server, isBounced: false, list: list)
    }

    static func streamed(_ clients: StreamClients, _ options: Options) -> Flows {
        let list = (0..<options.flows).map { index in
            Flow(
                client: Addresses.streamClient(index), relay: clients.relays[index],
                peer: Addresses.peer(index), channel: Addresses.channel)
        }
        return Flows(server: options.server, isBounced: false, list: list)
    }

    static func bounced(_ options: Options) -> Flows {
        let list = (0..<options.flows).map { index in
            Flow(
                client: Addresses.client(index),
                relay: TransportAddress(options.server.ip, UInt16(49_152 + index % 16_384)),
                peer: Addresses.peer(index), channel: Addresses.channel)
        }
        return Flows(server: options.server, isBounced: true, list: list)
    }
}

/// Who plays with: a host for every client and every peer.
enum Addresses {
    static let channel: UInt16 = 0x4001

    /// 10.11.0.0/16; scripts/bench routes it to the generator.
    static func client(_ index: Int) -> TransportAddress {
        TransportAddress(IPAddress(v4: 0x0a0b_0000 + UInt32(index) + 1), 40_000)
    }

    /// 10.12.0.0/16, which scripts/bench makes local to the generator's kernel. It also chooses
    /// the port.
    static func streamClient(_ index: Int) -> TransportAddress {
        TransportAddress(IPAddress(v4: 0x0a0c_0000 + UInt32(index) + 1), 0)
    }

    /// 10.21.0.0/16; scripts/bench routes it to the generator.
    static func peer(_ index: Int) -> TransportAddress {
        TransportAddress(IPAddress(v4: 0x0a15_0000 + UInt32(index) + 1), 50_000)
    }

    static func index(ofClient ip: UInt32) -> Int? {
        ip >> 16 == 0x0a0b ? Int(ip & 0xffff) - 1 : nil
    }
}
