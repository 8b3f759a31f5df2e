package import Primitives
import Synchronization

/// Which worker serves which relay port, for all workers to read on the packet path.
///
/// A worker writes only the ports of its own allocations; readers use relaxed loads. A stale
/// answer costs one dropped datagram: the worker that gets the handover judges it again.
package final class RelayMap: Sendable {
    /// One of the server's relay addresses, in one of its two spellings.
    struct Row: BitwiseCopyable {
        var high: UInt64
        var low: UInt64
        var family: UInt8
        var column: UInt32
    }

    /// The parts that the packet path reads, as plain pointers: no reference is counted there.
    struct View: @unchecked Sendable {
        // Safe to share: rows never change after init, owners are atomics.
        let rows: UnsafeMutablePointer<Row>
        let rowCount: Int
        let owners: UnsafeMutablePointer<Atomic<UInt8>>
    }

    let view: View
    private let ownerCount: Int

    /// `addresses`: every relay address as the kernel binds it and as peers see it.
    package init(addresses: [(local: IPAddress, advertised: IPAddress)]) {
        let rows = UnsafeMutablePointer<Row>.allocate(capacity: max(1, addresses.count * 2))
        var count = 0
        for (column, address) in addresses.enumerated() {
            for ip in Set([address.local, address.advertised]) {
                (rows + count).initialize(
                    to: Row(
                        high: ip.high, low: ip.low, family: ip.family == .ipv4 ? 4 : 6,
                        column: UInt32(column)))
                count += 1
            }
        }
        ownerCount = max(1, addresses.count) * 65_536
        let owners = UnsafeMutablePointer<Atomic<UInt8>>.allocate(capacity: ownerCount)
        for index in 0..<ownerCount { (owners + index).initialize(to: Atomic(0)) }
        view = View(rows: rows, rowCount: count, owners: owners)
    }

    deinit {
        view.rows.deallocate()
        view.owners.deinitialize(count: ownerCount)
        view.owners.deallocate()
    }
}

extension RelayMap.View {
    /// The index of the owner cell of a relay address and port; nil for any other address.
    @inline(__always)
    func cell(_ high: UInt64, _ low: UInt64, port: UInt16, family: UInt8) -> Int? {
        for index in 0..<rowCount {
            let row = rows[index]
            if row.high == high, row.low == low, row.family == family {
                return Int(row.column) << 16 | Int(port)
            }
        }
        return nil
    }

    /// The worker whose live relay has this transport address, counted from 0.
    @inline(__always)
    func owner(_ address: Endpoint) -> UInt8? {
        guard let cell = cell(address.high, address.low, port: address.port, family: address.family)
        else { return nil }
        let owner = owners[cell].load(ordering: .relaxed)
        return owner == 0 ? nil : owner &- 1
    }

    /// Publishes (`worker`) or withdraws (nil) a live relay port.
    func setOwner(_ worker: UInt8?, of address: Endpoint) {
        guard let cell = cell(address.high, address.low, port: address.port, family: address.family)
        else { return }
        owners[cell].store(worker.map { $0 + 1 } ?? 0, ordering: .relaxed)
    }
}
