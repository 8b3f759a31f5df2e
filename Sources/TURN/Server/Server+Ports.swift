import Primitives

// Relay ports: drawn, reserved, given back.
extension Server {
    /// Draws a port on an address of the family: that of the client's listener where it is one
    /// of the relay addresses, else one by lot.
    mutating func drawPort(
        _ family: AddressFamily, for tuple: FiveTuple, _ shape: PortShape
    ) -> RelayPort? {
        let choices = servedAddresses.filter {
            relayAddresses[Int($0)].local.family == family
        }
        guard !choices.isEmpty else { return nil }
        let index = Int(tuple.listener.index)
        let listener = index < settings.listeners.count ? settings.listeners[index].address.ip : nil
        let own = choices.firstIndex { relayAddresses[Int($0)].local == listener }
        let start = own ?? Int(truncatingIfNeeded: entropy.next() >> 33) % choices.count
        for step in 0..<choices.count {
            let address = choices[(start + step) % choices.count]
            let port = shared.ports.draw(
                shape, on: relayAddresses[Int(address)].local, for: worker,
                entropy: entropy.next())
            if let port { return RelayPort(address: address, port: port) }
        }
        return nil
    }

    func releasePort(_ relay: RelayPort) {
        shared.ports.release(relay.port, on: relayAddresses[Int(relay.address)].local)
    }

    /// What the socket of a relay is bound to.
    func localAddress(_ relay: RelayPort) -> TransportAddress {
        TransportAddress(relayAddresses[Int(relay.address)].local, relay.port)
    }

    /// Reserves the port above an even one for the user that asked for the pair, and returns its
    /// token (RFC 8656 §7.2).
    mutating func reserve(_ relay: RelayPort, _ family: AddressFamily, for key: String) -> UInt64 {
        let expires = now.monotonic + settings.lifetimes.reservation
        let reservation = ReservationTable.Reservation(
            family: family, address: relayAddresses[Int(relay.address)].local, port: relay.port,
            expires: expires, quotaKey: key)
        while true {
            let token = entropy.next()
            if token != 0, shared.reservations.add(token, reservation) {
                reserved.append(token, due: expires)
                return token
            }
        }
    }

    mutating func claimReservation(
        _ token: UInt64, by key: String
    ) -> (AddressFamily, RelayPort)? {
        guard let found = shared.reservations.claim(token, by: key, at: now.monotonic) else {
            return nil
        }
        guard let address = row(of: found.address) else {
            // Another worker knows the address already, by a reload that is still to come here.
            shared.ports.release(found.port, on: found.address)
            return nil
        }
        return (found.family, RelayPort(address: address, port: found.port))
    }

    /// A local address may have several rows: one for each `external-ip` it has had.
    private func row(of local: IPAddress) -> UInt16? {
        servedAddresses.first { relayAddresses[Int($0)].local == local }
            ?? relayAddresses.lastIndex { $0.local == local }.map { UInt16($0) }
    }

    /// Gives back the reserved ports that nobody came for.
    mutating func expireReservations() {
        while let token = reserved.popDue(at: now.monotonic) {
            if let unclaimed = shared.reservations.expire(token) {
                shared.ports.release(unclaimed.port, on: unclaimed.address)
            }
        }
    }

    /// Whether a client's address is one of our own relays: its requests would loop
    /// (RFC 8656 §21.1.7).
    func isOwnRelay(_ tuple: FiveTuple) -> Bool {
        let client = tuple.client
        // By index: a debug build allocates for an iterator.
        for row in relayAddresses.indices {
            let relay = relayAddresses[row]
            guard client.ip == relay.local || client.ip == relay.advertised else { continue }
            // Elsewhere than in the relay range ports of UDP and TCP have nothing in common.
            let isRelay =
                isStream(tuple.listener)
                ? shared.tcpRelays.contains(TransportAddress(relay.local, client.port))
                : shared.ports.isInUse(client.port, on: relay.local)
            if isRelay { return true }
        }
        return false
    }

    /// The families that relay addresses are configured for.
    var servedFamilies: Set<AddressFamily> {
        Set(servedAddresses.map { relayAddresses[Int($0)].local.family })
    }

    /// Takes over the configured relay addresses. Rows are only ever added, since allocations
    /// refer to them by index.
    mutating func serveRelayAddresses() {
        servedAddresses = settings.relayAddresses.map { address in
            if let known = relayAddresses.firstIndex(of: address) { return UInt16(known) }
            relayAddresses.append(address)
            return UInt16(relayAddresses.count - 1)
        }
    }
}
