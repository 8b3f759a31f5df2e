import Primitives
import Testing

@testable import TURN

@Suite struct PortLedgerTests {
    private static let address = IPAddress(192, 0, 2, 1)
    private static let other = IPAddress(192, 0, 2, 2)

    /// Random draws and releases against plain sets, over ranges of awkward sizes.
    @Test(arguments: 0..<30)
    func agreesWithASetOfPorts(seed: UInt64) {
        var random = SeededRandom(seed)
        let lower = UInt16(49_152 + random.below(200))
        let ports = lower...(lower + UInt16(random.below(400)))
        let workers = 1 + random.below(5)
        let ledger = PortLedger(
            addresses: [Self.address, Self.other], ports: ports, workers: workers)
        var taken: Set<UInt16> = []
        for _ in 0..<1500 {
            if random.below(100) < 40, let port = taken.randomElement(using: &random) {
                ledger.release(port, on: Self.address)
                taken.remove(port)
            } else {
                let shape: PortShape = [.any, .even, .pair][random.below(3)]
                let worker = WorkerID(index: UInt16(random.below(workers)))
                let port = ledger.draw(
                    shape, on: Self.address, for: worker, entropy: random.next())
                check(port, shape, ports, taken, seed)
                if let port { taken.insert(port) }
                if let port, shape == .pair { taken.insert(port + 1) }
            }
            #expect(ledger.countInUse == taken.count, "seed \(seed)")
        }
        #expect(ledger.countInUse(on: Self.other) == 0)
        for port in ports {
            #expect(ledger.isInUse(port, on: Self.address) == taken.contains(port))
        }
    }

    @Test("Another range: what is taken stays so, wherever it is, and comes back")
    func anotherRange() throws {
        let ledger = PortLedger(
            addresses: [Self.address, Self.other], ports: 50_000...50_003, workers: 2)
        var random = SeededRandom(1)
        let draw = { (address: IPAddress, worker: UInt16) in
            ledger.draw(
                .any, on: address, for: WorkerID(index: worker), entropy: random.next())
        }
        let old = try (0..<4).map { try #require(draw(Self.address, UInt16($0 % 2))) }
        _ = try #require(draw(Self.other, 0))
        // Half of it overlaps; one address goes.
        ledger.apply(addresses: [Self.address], ports: 50_002...50_005)
        #expect(ledger.countInUse == 5)
        #expect(old.allSatisfy { ledger.isInUse($0, on: Self.address) })
        #expect(ledger.portsInUse.isSuperset(of: old))
        #expect(draw(Self.other, 0) == nil)
        let new = try (0..<2).map { try #require(draw(Self.address, UInt16($0))) }
        #expect(Set(new) == [50_004, 50_005])
        #expect(draw(Self.address, 0) == nil)
        for port in old { ledger.release(port, on: Self.address) }
        #expect(Set([draw(Self.address, 0), draw(Self.address, 1)]) == [50_002, 50_003])
        #expect(draw(Self.address, 0) == nil)
        #expect(ledger.countInUse(on: Self.address) == 4)
        // An address that is served again has its taken ports still.
        ledger.apply(addresses: [Self.other], ports: 50_000...50_003)
        #expect(ledger.countInUse(on: Self.other) == 1)
        #expect((0..<4).compactMap { _ in draw(Self.other, 0) }.count == 3)
    }

    /// A port given fits and was free; none is given only when none fits anywhere.
    private func check(
        _ port: UInt16?, _ shape: PortShape, _ ports: ClosedRange<UInt16>, _ taken: Set<UInt16>,
        _ seed: UInt64
    ) {
        let fits = { (port: UInt16) in
            switch shape {
            case .any: !taken.contains(port)
            case .even: port % 2 == 0 && !taken.contains(port)
            case .pair:
                port % 2 == 0 && port < ports.upperBound && !taken.contains(port)
                    && !taken.contains(port + 1)
            }
        }
        if let port {
            #expect(ports.contains(port) && fits(port), "seed \(seed), port \(port)")
        } else {
            #expect(!ports.contains(where: fits), "seed \(seed), \(shape) not found")
        }
    }

    @Test func workersDrawFromTheirOwnSlicesUntilTheseAreExhausted() {
        let ports: ClosedRange<UInt16> = 50_000...51_023
        let ledger = PortLedger(addresses: [Self.address], ports: ports, workers: 2)
        var random = SeededRandom(1)
        let first = (0..<400).map { _ in
            ledger.draw(
                .any, on: Self.address, for: WorkerID(index: 0), entropy: random.next())!
        }
        let second = (0..<400).map { _ in
            ledger.draw(
                .any, on: Self.address, for: WorkerID(index: 1), entropy: random.next())!
        }
        #expect(first.max()! < second.min()!)
        // The rest goes to one worker: its own first, then borrowed.
        for _ in 800..<1024 {
            #expect(
                ledger.draw(
                    .any, on: Self.address, for: WorkerID(index: 0), entropy: random.next())
                    != nil)
        }
        #expect(
            ledger.draw(.any, on: Self.address, for: WorkerID(index: 1), entropy: 0) == nil)
    }

    @Test func drawsEvenly() {
        let ports: ClosedRange<UInt16> = 50_001...50_100
        let ledger = PortLedger(addresses: [Self.address], ports: ports, workers: 1)
        var random = SeededRandom(2)
        var draws: [UInt16: Int] = [:]
        for _ in 0..<20_000 {
            let port = ledger.draw(
                .any, on: Self.address, for: WorkerID(index: 0), entropy: random.next())!
            draws[port, default: 0] += 1
            ledger.release(port, on: Self.address)
        }
        // 200 each on average; seven standard deviations are 99.
        #expect(draws.count == 100)
        #expect(draws.values.allSatisfy { (101...299).contains($0) })
    }

    @Test func takesTheWholeRangeAndOnePort() {
        let whole = PortLedger(addresses: [Self.address], ports: 0...65535, workers: 3)
        let worker = WorkerID(index: 2)
        #expect(whole.draw(.any, on: Self.address, for: worker, entropy: .max) == 65_535)
        #expect(whole.draw(.pair, on: Self.address, for: worker, entropy: .max) == 65_532)
        let one = PortLedger(addresses: [Self.address], ports: 50_001...50_001, workers: 3)
        #expect(one.draw(.even, on: Self.address, for: worker, entropy: 7) == nil)
        #expect(one.draw(.any, on: Self.address, for: worker, entropy: 7) == 50_001)
        #expect(one.draw(.any, on: Self.other, for: worker, entropy: 7) == nil)
    }

    @Test func releasingTwiceIsAProgrammingError() async {
        await #expect(processExitsWith: .failure) {
            let address = IPAddress(192, 0, 2, 1)
            let ledger = PortLedger(addresses: [address], ports: 50_000...50_009, workers: 1)
            ledger.release(50_000, on: address)
        }
    }
}
