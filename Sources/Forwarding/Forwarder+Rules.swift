package import Primitives

/// What `TURN` decided: install and remove, on the control path. Installing again refreshes.
extension Forwarder {
    /// A relayed transport address with its socket and the address that peers see.
    package struct Relay: Sendable {
        package var socket: Int32
        package var local: TransportAddress
        package var advertised: TransportAddress

        package init(socket: Int32, local: TransportAddress, advertised: TransportAddress) {
            self.socket = socket
            self.local = local
            self.advertised = advertised
        }
    }

    /// The client side of an allocation.
    package struct Client: Sendable {
        package var address: TransportAddress
        package var listener: UInt16
        package var path: Path

        package init(address: TransportAddress, listener: UInt16, path: Path) {
            self.address = address
            self.listener = listener
            self.path = path
        }

        /// How datagrams reach the client.
        package enum Path: Sendable {
            /// Through the listener's socket.
            case socket(Int32)
            /// In a connection of the worker's own table, by its number there.
            case wrapped(Wrapping, connection: UInt32)
        }
    }

    /// Starts forwarding for an allocation. `bytesPerSecond` bounds each direction; 0: no bound.
    /// `user` is whose shared limit it counts under (`setSharedLimits`).
    package mutating func installAllocation(
        _ id: UInt32, client: Client, relays: [Relay], expires: MonotonicTime,
        user: UInt32, bytesPerSecond: UInt64, now: MonotonicTime
    ) {
        removeAllocation(id)
        var record = AllocationRecord()
        let endpoint = Endpoint(client.address)
        record.clientHigh = endpoint.high
        record.clientLow = endpoint.low
        record.clientPort = endpoint.port
        record.clientFamily = endpoint.family
        record.listener = client.listener
        switch client.path {
        case .socket(let socket): record.clientSocket = socket
        case .wrapped(let wrapping, let connection):
            record.wrapping = wrapping
            record.connection = connection
        }
        record.expires = expires.nanoseconds
        if bytesPerSecond > 0 {
            let meter = Meter(bytesPerSecond: bytesPerSecond, at: now.nanoseconds)
            record.meters = meters.take(MeterPair(up: meter, down: meter))
            record.isLimited = true
        }
        record.isLimited = record.isLimited || limitsUsers || limitsTotal
        if limitsUsers {
            record.user = user
            if !leases.holds(user) { leases.place(Lease(), at: user, vacant: Lease()) }
        }
        for relay in relays {
            if relay.local.ip.family == .ipv4 {
                record.relaySocket4 = relay.socket
                record.relay4 = Endpoint(relay.local)
                record.advertised4 = Endpoint(relay.advertised)
            } else {
                record.relaySocket6 = relay.socket
                record.relay6 = Endpoint(relay.local)
                record.advertised6 = Endpoint(relay.advertised)
            }
        }
        askEverything(for: user)
        allocations.place(record, at: id, vacant: AllocationRecord())
        table.insert(record.clientKey, id)
        for endpoint in record.relayEndpoints where endpoint.family != 0 {
            table.insert(endpoint.relayKey, id)
            self.relays.publish(endpoint, of: worker)
        }
    }

    /// Moves the end of an allocation (Refresh).
    package func setExpiry(_ id: UInt32, _ expires: MonotonicTime) {
        guard let record = live(id) else { return }
        record.pointee.expires = expires.nanoseconds
    }

    /// Ends an allocation with all its channels and permissions. Unknown ids are no error.
    package mutating func removeAllocation(_ id: UInt32) {
        guard let record = live(id) else { return }
        while record.pointee.firstBinding != noIndex {
            removeChannel(id, bindings.base[Int(record.pointee.firstBinding)].channel)
        }
        while record.pointee.firstPermission != noIndex {
            let permission = permissions.base[Int(record.pointee.firstPermission)]
            removePermission(
                id, high: permission.high, low: permission.low, family: permission.family)
        }
        table.remove(record.pointee.clientKey, ifValue: id)
        for endpoint in record.pointee.relayEndpoints where endpoint.family != 0 {
            withdraw(endpoint, of: id)
        }
        if record.pointee.meters != noIndex { meters.release(record.pointee.meters) }
        record.pointee = AllocationRecord()
    }

    /// Ends the relay of one family of an allocation (per-family Refresh, RFC 8656 §8.2).
    package mutating func removeRelay(_ id: UInt32, _ family: AddressFamily) {
        guard let record = live(id) else { return }
        for endpoint in record.pointee.relayEndpoints
        where endpoint.family == (family == .ipv4 ? 4 : 6) {
            withdraw(endpoint, of: id)
        }
        if family == .ipv4 {
            record.pointee.relaySocket4 = -1
            record.pointee.relay4 = Endpoint()
            record.pointee.advertised4 = Endpoint()
        } else {
            record.pointee.relaySocket6 = -1
            record.pointee.relay6 = Endpoint()
            record.pointee.advertised6 = Endpoint()
        }
    }

    /// A newer allocation under the same name keeps it.
    private mutating func withdraw(_ endpoint: Endpoint, of id: UInt32) {
        if table.remove(endpoint.relayKey, ifValue: id) { relays.withdraw(endpoint, of: worker) }
    }

    /// What an allocation relayed and dropped; nil for an unknown id.
    package func traffic(of id: UInt32) -> Traffic? { live(id)?.pointee.traffic }

    /// When an allocation last carried a datagram; nil for an unknown id or one that never did.
    package func lastActive(_ id: UInt32) -> MonotonicTime? {
        guard let active = live(id)?.pointee.active, active > 0 else { return nil }
        return MonotonicTime(nanoseconds: active)
    }

    func live(_ id: UInt32) -> UnsafeMutablePointer<AllocationRecord>? {
        guard allocations.holds(id) else { return nil }
        let record = allocations.base + Int(id)
        return record.pointee.clientFamily == 0 ? nil : record
    }
}

extension AllocationRecord {
    var clientKey: FlowKey {
        .client(
            clientHigh, clientLow, port: clientPort, family: clientFamily, listener: listener)
    }

    /// Both spellings of both relays; equal ones appear twice, which does no harm.
    var relayEndpoints: [Endpoint] { [relay4, advertised4, relay6, advertised6] }
}

extension Endpoint {
    init(_ address: TransportAddress) {
        self.init(
            high: address.ip.high, low: address.ip.low, port: address.port,
            family: address.ip.family == .ipv4 ? 4 : 6)
    }

    var relayKey: FlowKey { .relay(high, low, port: port, family: family) }
}
