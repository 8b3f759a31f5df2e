import Primitives
import Testing

@testable import TURN

@Suite struct FiveTupleIndexTests {
    private func tuple(_ number: Int) -> FiveTuple {
        let ip =
            number % 2 == 0
            ? IPAddress(v4: UInt32(number / 7)) : IPAddress(v6High: UInt64(number / 5), low: 1)
        return FiveTuple(
            client: TransportAddress(ip, UInt16(number % 1000)),
            listener: ListenerID(index: UInt16(number % 3)))
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func agreesWithADictionary(_ seed: UInt64) {
        var random = SeededEntropy(state: seed)
        var allocations = Slab(vacant: Allocation(), limit: 5000)
        var index = FiveTupleIndex(seed: seed)
        var model: [FiveTuple: UInt32] = [:]
        for _ in 0..<20_000 {
            let tuple = tuple(Int(random.next() % 3000))
            let found = index.find(tuple, in: allocations)
            #expect(found == model[tuple])
            if let found {
                guard random.next() % 2 == 0 else { continue }
                index.remove(tuple, found)
                allocations.remove(found)
                model[tuple] = nil
            } else {
                var record = Allocation()
                record.tuple = tuple
                let place = allocations.insert(record)!
                index.insert(tuple, place)
                model[tuple] = place
            }
        }
        for (tuple, place) in model { #expect(index.find(tuple, in: allocations) == place) }
    }
}
