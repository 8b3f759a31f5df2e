import Primitives
import STUN

// From a checked Allocate request to the allocation: relay sockets, success or failure.
extension Server {
    /// Starts an allocation: quota, a record, then one relay after the other.
    mutating func begin(
        _ wish: AllocateWish, _ head: RequestHead, from tuple: FiveTuple, _ proven: Proven
    ) {
        precondition(opening == nil, "receive called before all actions were taken")
        opening = Opening(wish: wish, head: head, tuple: tuple, proven: proven)
        acquireQuota()
    }

    /// Creates the record once the quota has been granted.
    mutating func startOpening(for user: UserSlot) {
        guard let opening else { return }
        var allocation = Allocation()
        allocation.state = .opening
        allocation.tuple = opening.tuple
        allocation.username = opening.proven.username
        allocation.key = opening.proven.key
        allocation.transaction = opening.head.transaction
        allocation.generation = nextGeneration
        allocation.transport = opening.wish.transport
        guard let index = allocations.insert(allocation) else {
            shared.quotas.release(user)
            let limit = settings.limits.allocationsPerWorker
            failOpening(.insufficientCapacity, .serverFull(used: limit, limit: limit))
            return
        }
        nextGeneration &+= 1
        joinUser(user, index)
        allocationByTuple.insert(opening.tuple, index)
        self.opening?.index = index
        if let token = opening.wish.token {
            openReserved(token)
        } else {
            openNextFamily()
        }
    }

    private mutating func openNextFamily() {
        guard let opening else { return }
        guard opening.position < opening.wish.families.count else {
            completeOpening()
            return
        }
        let family = opening.wish.families[opening.position]
        guard let port = drawPort(family, for: opening.tuple, opening.wish.shape) else {
            familyFailed(.noRelayPort(family))
            return
        }
        ask(port, family)
    }

    /// Uses the port that an earlier allocation reserved (RFC 8656 §7.2 item 5).
    private mutating func openReserved(_ token: UInt64) {
        guard let opening,
            let (family, port) = claimReservation(token, by: opening.proven.quotaKey)
        else {
            abandonOpening(.insufficientCapacity, .invalidReservation)
            return
        }
        ask(port, family)
    }

    private mutating func ask(_ port: RelayPort, _ family: AddressFamily) {
        guard let index = opening?.index else { return }
        opening?.port = port
        opening?.attempts += 1
        actions.push(
            .openRelay(
                AllocationID(index: index).relay(family),
                local: relayAddresses[Int(port.address)].local, port: port.port,
                transport: allocations[index].transport))
    }

    /// The driver's answer to `.openRelay`: the socket is bound.
    package mutating func relayOpened(_ relay: RelayID) {
        guard let index = opening?.index, let port = opening?.port,
            relay.allocation.index == index
        else { preconditionFailure("no relay is being opened") }
        opening?.awaitsDriver = false
        allocations[index].setRelay(port, relay.family)
        opening?.port = RelayPort()
        opening?.position += 1
        opening?.attempts = 0
        if opening?.wish.token != nil {
            completeOpening()
        } else {
            openNextFamily()
        }
    }

    /// The driver's answer to `.openRelay`: the socket could not be bound.
    /// - Parameter retry: another port may do (address in use); not when descriptors ran out.
    package mutating func relayFailed(_ relay: RelayID, retry: Bool) {
        guard let current = opening, relay.allocation.index == current.index else {
            preconditionFailure("no relay is being opened")
        }
        counters.relayBindFailures += 1
        opening?.awaitsDriver = false
        opening?.port = RelayPort()
        releasePort(current.port)
        if current.wish.shape == .pair { releasePort(current.port.next) }
        let mayRetry = retry && current.attempts < settings.limits.bindAttempts
        if mayRetry, current.wish.token == nil {
            openNextFamily()
        } else {
            familyFailed(.relayNotOpened(relay.family))
        }
    }

    /// RFC 8656 §7.2 item 9: a dual allocation succeeds with one of its families.
    private mutating func familyFailed(_ cause: RefusalCause) {
        guard let current = opening else { return }
        let isDual = current.wish.families.count == 2
        let hasOther =
            isDual && (current.position == 0 || allocations[current.index].relayV4.exists)
        guard hasOther else {
            abandonOpening(.insufficientCapacity, cause)
            return
        }
        let family = current.wish.families[current.position]
        opening?.addressError = (family, .insufficientCapacity)
        opening?.position += 1
        opening?.attempts = 0
        openNextFamily()
    }

    /// Undoes what has been started and answers with an error.
    private mutating func abandonOpening(_ code: ErrorCode, _ cause: RefusalCause) {
        if let index = opening?.index {
            forget(index)
        }
        failOpening(code, cause)
    }

    mutating func failOpening(_ code: ErrorCode, _ cause: RefusalCause) {
        guard let failed = opening else { return }
        opening = nil
        refuse(failed.head, code, cause, from: failed.tuple, proven: failed.proven)
    }

    private mutating func completeOpening() {
        guard let done = opening else { return }
        opening = nil
        let index = done.index
        let lifetime = granted(done.wish.lifetime)
        allocations[index].state = .live
        allocations[index].born = now.monotonic
        allocations[index].bareSince = now.monotonic
        allocations[index].grantedLifetime = lifetime.count
        allocations[index].grantedV4 = allocations[index].relayV4
        allocations[index].grantedV6 = allocations[index].relayV6
        if let (family, code) = done.addressError {
            allocations[index].missingFamily = family.rawValue
            allocations[index].addressError = code.rawValue
        }
        if done.wish.shape == .pair, let family = done.wish.families.first {
            let next = allocations[index].relay(family).next
            allocations[index].token = reserve(next, family, for: done.proven.quotaKey)
        }
        let expires = min(now.monotonic + lifetime, oldest(index))
        allocations[index].expiresV4 = expires
        allocations[index].expiresV6 = expires
        setTimer(index)
        counters.allocations += 1
        counters.opened[kind(of: index), default: 0] += 1
        if done.wish.transport == .tcp {
            counters.tcpAllocations += 1
            publishRelays(index)
        }
        actions.push(.installAllocation(installed(index)))
        actions.push(
            .event(.allocated(handle(index), user: done.proven.username, client: done.tuple)))
        send(success(index, fingerprint: done.head.fingerprint), to: done.tuple)
    }

    private func installed(_ index: UInt32) -> InstalledAllocation {
        InstalledAllocation(
            id: AllocationID(index: index), client: allocations[index].tuple,
            transport: allocations[index].transport, relayV4: installedRelay(index, .ipv4),
            relayV6: installedRelay(index, .ipv6),
            expires: allocations[index].expires, user: UserSlot(Int(allocations[index].user)),
            bytesPerSecond: settings.limits.bytesPerSecond)
    }

    private func installedRelay(
        _ index: UInt32, _ family: AddressFamily
    ) -> InstalledAllocation.Relay? {
        let relay = allocations[index].relay(family)
        guard relay.exists else { return nil }
        let address = relayAddresses[Int(relay.address)]
        return InstalledAllocation.Relay(
            id: AllocationID(index: index).relay(family),
            local: TransportAddress(address.local, relay.port),
            advertised: TransportAddress(address.advertised, relay.port))
    }

    /// The success response of an allocation, the same each time (RFC 8656 §7.2).
    func success(_ index: UInt32, fingerprint: Bool) -> Reply {
        let allocation = allocations[index]
        var reply = Reply(
            to: RequestHead(
                method: .allocate, transaction: allocation.transaction, fingerprint: fingerprint))
        reply.relayedV4 = advertised(allocation.grantedV4)
        reply.relayedV6 = advertised(allocation.grantedV6)
        reply.mapped = allocation.tuple.client
        reply.lifetime = allocation.grantedLifetime
        reply.token = allocation.token
        if let code = ErrorCode(rawValue: allocation.addressError),
            let family = AddressFamily(rawValue: allocation.missingFamily)
        {
            reply.addressError = (family, code)
        }
        reply.key = allocation.key.hmac
        return reply
    }

    func advertised(_ relay: RelayPort) -> TransportAddress? {
        guard relay.exists else { return nil }
        return TransportAddress(relayAddresses[Int(relay.address)].advertised, relay.port)
    }
}
