import Primitives
import STUN
import TURN

/// What clients may conclude from the answers they got, and nothing else: which allocations,
/// permissions and channels live, by the rules of RFC 8656 in their plainest form.
///
/// Everything that is forwarded is held against it.
struct ClientModel {
    struct Allocation {
        var transaction: TransactionID
        var user: Int
        var tuple: FiveTuple
        var born: MonotonicTime
        var lastData: MonotonicTime?
        /// The relays by family: what peers see, and the end.
        var relays: [AddressFamily: (address: TransportAddress, expires: MonotonicTime)] = [:]
        var permissions: [IPAddress: MonotonicTime] = [:]
        var channels: [UInt16: (peer: TransportAddress, expires: MonotonicTime)] = [:]
        /// The successes of this allocation's requests, byte by byte.
        var answers: [TransactionID: [UInt8]] = [:]
    }

    /// A datagram that the rules say must leave the server.
    enum Expected: Hashable {
        case peer(relay: TransportAddress, peer: TransportAddress, payload: [UInt8])
        case client(TransportAddress, channel: UInt16?, peer: TransportAddress?, payload: [UInt8])
    }

    private(set) var allocations: [TransportAddress: Allocation] = [:]
    /// What a bound relay address looks like from outside.
    let advertised: [IPAddress: IPAddress]
    let channelLifetime: Seconds
    /// When something came to its end last.
    private(set) var lastEnd = MonotonicTime(nanoseconds: 0)

    init(advertised: [IPAddress: IPAddress], channelLifetime: Seconds) {
        self.advertised = advertised
        self.channelLifetime = channelLifetime
    }

    /// Forgets what is over at `now`.
    mutating func expire(at now: MonotonicTime) {
        for client in Array(allocations.keys) {
            guard let relays = allocations[client]?.relays else { continue }
            for (family, relay) in relays where relay.expires <= now {
                lastEnd = max(lastEnd, relay.expires)
                drop(family, of: client)
            }
            guard var allocation = allocations[client] else { continue }
            for (peer, end) in allocation.permissions where end <= now {
                lastEnd = max(lastEnd, end)
                allocation.permissions[peer] = nil
            }
            for (number, channel) in allocation.channels where channel.expires <= now {
                lastEnd = max(lastEnd, channel.expires)
                allocation.channels[number] = nil
            }
            allocations[client] = allocation
        }
    }

    mutating func forget(_ client: TransportAddress) { allocations[client] = nil }

    /// Cuts what a reload denies.
    mutating func cut(_ isDenied: (IPAddress) -> Bool) {
        allocations = allocations.mapValues { allocation in
            var allocation = allocation
            allocation.permissions = allocation.permissions.filter { !isDenied($0.key) }
            allocation.channels = allocation.channels.filter { !isDenied($0.value.peer.ip) }
            return allocation
        }
    }

    /// Takes a success in; returns what is wrong with it.
    mutating func note(
        _ answer: ReadAnswer, _ bytes: [UInt8], to request: SentRequest, of tuple: FiveTuple,
        at now: MonotonicTime
    ) -> String? {
        let client = tuple.client
        if request.method == .binding { return nil }
        if let known = allocations[client]?.answers[answer.transaction] {
            // RFC 8489 §6.3.1: a repeated request gets the same answer.
            if known != bytes { return "\(request.method) repeated, answer differs" }
            if request.method == .allocate { return nil }
        } else if request.method == .allocate {
            return noteAllocation(answer, bytes, request, tuple, now)
        }
        guard var allocation = allocations[client] else {
            return "\(request.method) without allocation"
        }
        allocation.answers[answer.transaction] = bytes
        for peer in request.peers { allocation.permissions[peer.ip] = now + Seconds(300) }
        if request.method == .channelBind {
            let peer = request.peers[0]
            let other = allocation.channels.first {
                ($0.key == request.channel) != ($0.value.peer == peer)
            }
            if let other { return "channel \(request.channel) bound against \(other.key)" }
            allocation.channels[request.channel] = (peer, now + channelLifetime)
        }
        allocations[client] = allocation
        if request.method == .refresh { noteRefresh(answer, request, client, now) }
        return nil
    }

    private mutating func noteAllocation(
        _ answer: ReadAnswer, _ bytes: [UInt8], _ request: SentRequest, _ tuple: FiveTuple,
        _ now: MonotonicTime
    ) -> String? {
        guard allocations[tuple.client] == nil else { return "second allocation on a 5-tuple" }
        guard let lifetime = answer.lifetime, !answer.relays.isEmpty else {
            return "success without relay or lifetime"
        }
        var allocation = Allocation(
            transaction: answer.transaction, user: request.user, tuple: tuple, born: now)
        for relay in answer.relays {
            if find(relay: relay) != nil { return "\(relay) given to two clients" }
            allocation.relays[relay.ip.family] = (relay, now + Seconds(lifetime))
        }
        allocation.answers[answer.transaction] = bytes
        allocations[tuple.client] = allocation
        return nil
    }

    private mutating func noteRefresh(
        _ answer: ReadAnswer, _ request: SentRequest, _ client: TransportAddress,
        _ now: MonotonicTime
    ) {
        let lifetime = answer.lifetime ?? 0
        for family in AddressFamily.allCases
        where request.family == nil || request.family == family {
            guard var relay = allocations[client]?.relays[family] else { continue }
            if lifetime == 0 {
                drop(family, of: client)
            } else {
                relay.expires = now + Seconds(lifetime)
                allocations[client]?.relays[family] = relay
            }
        }
    }

    private mutating func drop(_ family: AddressFamily, of client: TransportAddress) {
        guard var allocation = allocations[client] else { return }
        allocation.relays[family] = nil
        allocation.permissions = allocation.permissions.filter { $0.key.family != family }
        allocation.channels = allocation.channels.filter { $0.value.peer.ip.family != family }
        allocations[client] = allocation.relays.isEmpty ? nil : allocation
    }

    /// What must come of ChannelData or a Send indication: nothing or one datagram.
    func expect(_ bytes: [UInt8], from client: TransportAddress) -> Expected? {
        guard let sender = allocations[client], let first = bytes.first else { return nil }
        let peer: TransportAddress
        let payload: [UInt8]
        if first >= 0x40 {
            guard let data = Wire.data(bytes), let number = data.channel,
                let channel = sender.channels[number]
            else { return nil }
            (peer, payload) = (channel.peer, data.2)
        } else {
            guard let message = try? StunMessage(bytes.span), message.method == .send,
                let address = (try? message.xorAddress(.xorPeerAddress)) ?? nil,
                let range = message.valueRange(of: .data)
            else { return nil }
            (peer, payload) = (address, Array(bytes[range]))
        }
        guard sender.permissions[peer.ip] != nil, let relay = sender.relays[peer.ip.family] else {
            return nil
        }
        if advertised.contains(where: { $0.key == peer.ip || $0.value == peer.ip }) {
            // Hairpin: only to a live relay, and with the receiver's own permission.
            return expect(payload, from: relay.address, atRelay: peer)
        }
        let local = advertised.first { $0.value == relay.address.ip }?.key ?? relay.address.ip
        return .peer(
            relay: TransportAddress(local, relay.address.port), peer: peer, payload: payload)
    }

    /// What must come of a datagram at a relay: nothing or one datagram for the client.
    func expect(
        _ payload: [UInt8], from peer: TransportAddress, atRelay relay: TransportAddress
    ) -> Expected? {
        guard let receiver = find(relay: relay), receiver.permissions[peer.ip] != nil else {
            return nil
        }
        if let channel = receiver.channels.first(where: { $0.value.peer == peer }) {
            return .client(
                receiver.tuple.client, channel: channel.key, peer: nil, payload: payload)
        }
        return .client(receiver.tuple.client, channel: nil, peer: peer, payload: payload)
    }

    /// The allocation of a relay in either of its spellings.
    func find(relay: TransportAddress) -> Allocation? {
        let outside = TransportAddress(advertised[relay.ip] ?? relay.ip, relay.port)
        return allocations.values.first { allocation in
            allocation.relays[outside.ip.family]?.address == outside
        }
    }

    mutating func noteData(_ client: TransportAddress, at now: MonotonicTime) {
        allocations[client]?.lastData = now
    }
}
