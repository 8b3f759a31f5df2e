package import Primitives
import Synchronization

/// Counts the stream connections of the whole process, in total and per source network, and says
/// no at the bounds. Used by the control thread that accepts and by the workers that serve.
///
/// The table cannot outgrow `ConnectionLimits.open`: a network is in it while it holds a place.
package final class ConnectionLedger: Sendable {
    private let state: Mutex<State>

    package init(_ limits: ConnectionLimits) { state = Mutex(State(limits: limits)) }

    /// New limits after a reload; connections above them stay.
    package func apply(_ limits: ConnectionLimits) { state.withLock { $0.limits = limits } }

    /// A place for a connection that just came, as a half-open one; it is given back when the
    /// last reference goes. `source` nil: a proxy's connection, whose client is not known yet.
    ///
    /// - Throws: which bound is reached; that is counted.
    package func admit(_ source: IPAddress?) throws(ConnectionRefusal) -> ConnectionPlace {
        let network = source.map(SourceNetwork.init)
        let refusal = state.withLock { $0.enter(network) }
        if let refusal {
            refuse(refusal, source)
            throw refusal
        }
        return ConnectionPlace(self, network)
    }

    /// Counts a refusal that something else than the limits decided.
    package func refuse(_ reason: ConnectionRefusal, _ source: IPAddress?) {
        state.withLock { $0.note(reason, source) }
    }

    package var counts: ConnectionCounts { state.withLock { $0.counts } }

    /// What is to be logged now: what was refused since the last notice, at most one notice in
    /// `ConnectionNotice.interval`. Nil when there is nothing or it is too early.
    package func takeNotice(at now: MonotonicTime) -> ConnectionNotice? {
        state.withLock { $0.takeNotice(at: now) }
    }

    /// When `takeNotice` has something to say; never while nothing was refused.
    package var nextNotice: MonotonicTime {
        state.withLock { $0.unsaid.total == 0 ? .never : $0.noticeAfter }
    }

    fileprivate func establish(_ network: SourceNetwork?) {
        state.withLock { $0.establish(network) }
    }

    fileprivate func identify(_ network: SourceNetwork) -> ConnectionRefusal? {
        state.withLock { $0.identify(network) }
    }

    fileprivate func leave(_ network: SourceNetwork?, wasHalfOpen: Bool) {
        state.withLock { $0.leave(network, wasHalfOpen: wasHalfOpen) }
    }
}

extension ConnectionRefusal: Error {}

/// One connection's place in the ledger, given back when the last reference to it goes.
///
/// Used by one thread at a time; it moves between threads together with its connection.
package final class ConnectionPlace: Sendable {
    private let ledger: ConnectionLedger
    private let state: Mutex<(network: SourceNetwork?, isHalfOpen: Bool)>

    fileprivate init(_ ledger: ConnectionLedger, _ network: SourceNetwork?) {
        self.ledger = ledger
        state = Mutex((network, true))
    }

    deinit {
        let (network, isHalfOpen) = state.withLock { $0 }
        ledger.leave(network, wasHalfOpen: isHalfOpen)
    }

    /// A proxy named its client: from now on the place counts for that network.
    ///
    /// - Throws: when that network has too many.
    package func identify(_ source: IPAddress) throws(ConnectionRefusal) {
        let network = SourceNetwork(source)
        if let refusal = ledger.identify(network) {
            ledger.refuse(refusal, source)
            throw refusal
        }
        state.withLock { $0.network = network }
    }

    /// The connection's protocol is known: it is half-open no longer.
    package func establish() {
        let change = state.withLock { state -> SourceNetwork?? in
            guard state.isHalfOpen else { return nil }
            state.isHalfOpen = false
            return .some(state.network)
        }
        if let network = change { ledger.establish(network) }
    }
}

/// How many connections there are and what became of the others.
package struct ConnectionCounts: Hashable, Sendable {
    package var open = 0
    /// Of the open ones, those whose protocol is not known yet.
    package var halfOpen = 0
    /// Source networks with a connection.
    package var networks = 0
    /// Admitted since the start.
    package var admitted: UInt64 = 0
    /// By reason, since the start.
    package var refused: [ConnectionRefusal: UInt64] = [:]
}

/// The part of an address that limits go by.
struct SourceNetwork: Hashable, Sendable {
    let range: UInt64
    let family: AddressFamily

    init(_ address: IPAddress) {
        family = address.family
        range = address.family == .ipv4 ? address.low >> 8 : address.high
    }
}

private struct State {
    struct Holding {
        var open = 0
        var halfOpen = 0
    }

    var limits: ConnectionLimits
    var counts = ConnectionCounts()
    var unsaid = ConnectionNotice()
    var noticeAfter = MonotonicTime(nanoseconds: 0)
    private var holdings: [SourceNetwork: Holding] = [:]

    init(limits: ConnectionLimits) { self.limits = limits }

    mutating func enter(_ network: SourceNetwork?) -> ConnectionRefusal? {
        if counts.open >= limits.open { return .tooMany }
        if counts.halfOpen >= limits.halfOpen { return .tooManyHalfOpen }
        if let network, let refusal = add(network) { return refusal }
        counts.open += 1
        counts.halfOpen += 1
        counts.admitted += 1
        return nil
    }

    /// As half-open; a network without a bound (0) is counted all the same.
    private mutating func add(_ network: SourceNetwork) -> ConnectionRefusal? {
        var holding = holdings[network] ?? Holding()
        if limits.openPerNetwork > 0, holding.open >= limits.openPerNetwork {
            return .tooManyOfNetwork
        }
        if limits.halfOpenPerNetwork > 0, holding.halfOpen >= limits.halfOpenPerNetwork {
            return .tooManyHalfOpenOfNetwork
        }
        holding.open += 1
        holding.halfOpen += 1
        holdings[network] = holding
        counts.networks = holdings.count
        return nil
    }

    mutating func identify(_ network: SourceNetwork) -> ConnectionRefusal? { add(network) }

    mutating func establish(_ network: SourceNetwork?) {
        counts.halfOpen -= 1
        if let network { holdings[network]?.halfOpen -= 1 }
    }

    mutating func leave(_ network: SourceNetwork?, wasHalfOpen: Bool) {
        counts.open -= 1
        if wasHalfOpen { counts.halfOpen -= 1 }
        guard let network, var holding = holdings[network] else { return }
        holding.open -= 1
        if wasHalfOpen { holding.halfOpen -= 1 }
        holdings[network] = holding.open > 0 ? holding : nil
        counts.networks = holdings.count
    }

    mutating func note(_ reason: ConnectionRefusal, _ source: IPAddress?) {
        counts.refused[reason, default: 0] += 1
        unsaid.counts[reason, default: 0] += 1
        unsaid.lastSource = source ?? unsaid.lastSource
    }

    mutating func takeNotice(at now: MonotonicTime) -> ConnectionNotice? {
        guard unsaid.total > 0, noticeAfter <= now else { return nil }
        let notice = unsaid
        unsaid = ConnectionNotice()
        noticeAfter = now + ConnectionNotice.interval
        return notice
    }
}
