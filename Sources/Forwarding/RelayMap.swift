package import Primitives
import Synchronization

/// Which worker serves which relay port, for all workers to read on the packet path.
///
/// A worker writes only the ports of its own allocations; readers use relaxed loads. A stale
/// answer costs one dropped datagram: the worker that gets the handover judges it again.
/// Addresses are only ever added: allocations outlive the configuration they began with, and the
/// packet path reads a row without a lock, so none is ever used for another address.
package final class RelayMap: Sendable {
    /// What a relay address is called here or outside, and who owns which of its ports.
    struct Row {
        var high: UInt64
        var low: UInt64
        var family: UInt8
        /// 65,536 cells; 0: nobody, else the number of a worker plus one.
        var owners: UnsafeMutablePointer<Atomic<UInt8>>
    }

    /// The parts that the packet path reads, as plain pointers: no reference is counted there.
    struct View: @unchecked Sendable {
        // Safe to share: a row is written before `count` says it is there, and never changed
        // after; owners are atomics.
        let rows: UnsafeMutablePointer<Row>
        let count: UnsafeMutablePointer<Atomic<Int>>
    }

    /// Addresses that one process can have relayed from, in both spellings: each takes 64 KiB, and
    /// a look-up compares them one by one.
    package static let addressesMax = 1_024
    private static let portCount = 65_536

    let view: View

    /// `addresses`: every relay address as the kernel binds it and as peers see it, no more than
    /// `addressesMax` different ones.
    package init(addresses: [(local: IPAddress, advertised: IPAddress)]) {
        let count = UnsafeMutablePointer<Atomic<Int>>.allocate(capacity: 1)
        count.initialize(to: Atomic(0))
        view = View(rows: .allocate(capacity: Self.addressesMax), count: count)
        precondition(add(addresses), "more than \(Self.addressesMax) relay addresses")
    }

    deinit {
        for index in 0..<view.count.pointee.load(ordering: .relaxed) {
            view.rows[index].owners.deinitialize(count: Self.portCount)
            view.rows[index].owners.deallocate()
        }
        view.rows.deallocate()
        view.count.deinitialize(count: 1)
        view.count.deallocate()
    }

    /// Whether any relay port is live under this address; a look at 65,536 cells.
    package func isInUse(_ ip: IPAddress) -> Bool {
        let family: UInt8 = ip.family == .ipv4 ? 4 : 6
        guard let owners = view.row(ip.high, ip.low, family: family) else { return false }
        for port in 0..<Self.portCount where owners[port].load(ordering: .relaxed) != 0 {
            return true
        }
        return false
    }

    /// Whether all of these fit beside those that are there.
    package func hasRoom(for addresses: [(local: IPAddress, advertised: IPAddress)]) -> Bool {
        view.count.pointee.load(ordering: .relaxed) + missing(addresses).count
            <= Self.addressesMax
    }

    /// Adds what is not there yet; false, and nothing done, where there is no room. For one thread
    /// only, while others read.
    package func add(_ addresses: [(local: IPAddress, advertised: IPAddress)]) -> Bool {
        guard hasRoom(for: addresses) else { return false }
        for ip in missing(addresses) {
            let owners = UnsafeMutablePointer<Atomic<UInt8>>.allocate(capacity: Self.portCount)
            for port in 0..<Self.portCount { (owners + port).initialize(to: Atomic(0)) }
            let index = view.count.pointee.load(ordering: .relaxed)
            (view.rows + index).initialize(
                to: Row(
                    high: ip.high, low: ip.low, family: ip.family == .ipv4 ? 4 : 6, owners: owners))
            view.count.pointee.store(index + 1, ordering: .releasing)
        }
        return true
    }

    private func missing(
        _ addresses: [(local: IPAddress, advertised: IPAddress)]
    ) -> Set<IPAddress> {
        Set(addresses.flatMap { [$0.local, $0.advertised] }).filter { ip in
            view.row(ip.high, ip.low, family: ip.family == .ipv4 ? 4 : 6) == nil
        }
    }
}

extension RelayMap.View {
    /// The cells of a relay address; nil for any other address.
    @inline(__always)
    func row(
        _ high: UInt64, _ low: UInt64, family: UInt8
    ) -> UnsafeMutablePointer<Atomic<UInt8>>? {
        for index in 0..<count.pointee.load(ordering: .acquiring) {
            let row = rows[index]
            if row.high == high, row.low == low, row.family == family { return row.owners }
        }
        return nil
    }

    /// The worker whose live relay has this transport address, counted from 0.
    @inline(__always)
    func owner(_ address: Endpoint) -> UInt8? {
        guard let owners = row(address.high, address.low, family: address.family) else {
            return nil
        }
        let owner = owners[Int(address.port)].load(ordering: .relaxed)
        return owner == 0 ? nil : owner &- 1
    }

    /// Publishes a live relay port.
    func publish(_ address: Endpoint, of worker: UInt8) {
        guard let owners = row(address.high, address.low, family: address.family) else { return }
        owners[Int(address.port)].store(worker + 1, ordering: .relaxed)
    }

    /// Withdraws it, unless another worker has published the same one since: after a reload two
    /// local addresses may be told under one name for a while.
    func withdraw(_ address: Endpoint, of worker: UInt8) {
        guard let owners = row(address.high, address.low, family: address.family) else { return }
        _ = owners[Int(address.port)].compareExchange(
            expected: worker + 1, desired: 0, ordering: .relaxed)
    }
}
