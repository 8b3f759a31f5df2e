import Primitives
import TURN

/// Which socket has which slot, over all reloads of one run. A slot keeps its number as long as
/// something may refer to it; a reload opens and closes others around it.
///
/// Pure: it says what is to be opened and closed, and others do it.
struct ListenerSlots: Sendable, Equatable {
    /// One slot; closed it says what it was.
    struct Slot<Place: Sendable & Equatable>: Sendable, Equatable {
        var place: Place
        var isOpen = true
    }

    private(set) var udp: [Slot<TransportAddress>]
    private(set) var streams: [Slot<StreamEndpoint>]

    /// Those of a start, in its order.
    init(_ plan: StartPlan) {
        udp = plan.udp.map { Slot(place: $0) }
        streams = plan.streams.map { Slot(place: $0) }
    }

    /// What has to be done to serve `plan`.
    ///
    /// - Throws: after thousands of ports that came and went.
    func change(to plan: StartPlan) throws(StartFailure) -> ListenerChange {
        var change = ListenerChange()
        for (number, slot) in udp.enumerated() where slot.isOpen && !plan.udp.contains(slot.place) {
            change.closedUDP.append(.init(slot: number, place: slot.place))
        }
        var next = self
        for address in plan.udp where !udp.contains(.init(place: address)) {
            let number = next.takeUDP(address)
            change.openedUDP.append(.init(slot: number, place: address))
        }
        for (number, slot) in streams.enumerated() where slot.isOpen {
            let wanted = plan.streams.first { $0.address == slot.place.address }
            guard let wanted else {
                change.closedStreams.append(.init(slot: number, place: slot.place))
                continue
            }
            if wanted != slot.place {
                change.alteredStreams.append(.init(slot: number, place: wanted))
            }
        }
        for endpoint in plan.streams
        where !streams.contains(where: { $0.isOpen && $0.place.address == endpoint.address }) {
            let number = next.takeStream(endpoint)
            change.openedStreams.append(.init(slot: number, place: endpoint))
        }
        guard next.udp.count <= ListenerIndex.slotsMax,
            next.streams.count <= ListenerIndex.slotsMax
        else { throw StartFailure("too many listeners have come and gone: restart the daemon") }
        return change
    }

    /// What nobody uses any more is used again: all clients of a closed UDP socket are gone.
    private mutating func takeUDP(_ address: TransportAddress) -> Int {
        let same = udp.firstIndex { !$0.isOpen && $0.place == address }
        guard let number = same ?? udp.firstIndex(where: { !$0.isOpen }) else {
            udp.append(Slot(place: address))
            return udp.count - 1
        }
        udp[number] = Slot(place: address)
        return number
    }

    /// Connections outlive their listener, so a slot is only ever used for its own address: there
    /// the kernel keeps 5-tuples apart.
    private mutating func takeStream(_ endpoint: StreamEndpoint) -> Int {
        let same = streams.firstIndex { !$0.isOpen && $0.place.address == endpoint.address }
        guard let number = same else {
            streams.append(Slot(place: endpoint))
            return streams.count - 1
        }
        streams[number] = Slot(place: endpoint)
        return number
    }

    /// Notes that a change was carried out.
    mutating func follow(_ change: ListenerChange) {
        for closed in change.closedUDP { udp[closed.slot].isOpen = false }
        for closed in change.closedStreams { streams[closed.slot].isOpen = false }
        for opened in change.openedUDP { Self.set(opened, in: &udp) }
        for opened in change.openedStreams + change.alteredStreams {
            Self.set(opened, in: &streams)
        }
    }

    private static func set<Place>(
        _ opened: ListenerChange.Numbered<Place>, in slots: inout [Slot<Place>]
    ) {
        let slot = Slot(place: opened.place)
        if opened.slot == slots.count { slots.append(slot) } else { slots[opened.slot] = slot }
    }

    /// What the protocol is told, by `ListenerIndex`.
    var listeners: [ServerSettings.Listener] {
        let nowhere = TransportAddress(IPAddress(0, 0, 0, 0), 0)
        return (0..<max(udp.count, streams.count)).flatMap { slot in
            let datagrams = slot < udp.count ? udp[slot].place : nowhere
            let connections = slot < streams.count ? streams[slot].place.address : nowhere
            return [
                ServerSettings.Listener(address: datagrams, transport: .udp),
                ServerSettings.Listener(address: datagrams, transport: .dtls),
                ServerSettings.Listener(address: connections, transport: .tcp),
                ServerSettings.Listener(address: connections, transport: .tls),
            ]
        }
    }
}

/// Sockets that a reload opens and closes.
struct ListenerChange: Sendable, Equatable {
    /// An address and its slot.
    struct Numbered<Place: Sendable & Equatable>: Sendable, Equatable {
        var slot: Int
        var place: Place
    }

    var openedUDP: [Numbered<TransportAddress>] = []
    var closedUDP: [Numbered<TransportAddress>] = []
    var openedStreams: [Numbered<StreamEndpoint>] = []
    var closedStreams: [Numbered<StreamEndpoint>] = []
    /// The same socket, from now on with a proxy in front or without.
    var alteredStreams: [Numbered<StreamEndpoint>] = []

    var isEmpty: Bool { self == ListenerChange() }
}
