import Testing

@testable import Forwarding

@Suite struct FlowTableTests {
    @Test("Behaves like a dictionary under random inserts and removals", arguments: 1...8)
    func model(seed: UInt64) {
        var random = SplitMix(state: seed)
        var table = FlowTable(seed: seed, capacity: 4)
        var model: [UInt64: UInt32] = [:]
        for step in 0..<20_000 {
            let number = random.next() % 700
            let key = FlowKey.client(number % 3, number, port: 1, family: 4, listener: 0)
            switch random.next() % 3 {
            case 0, 1:
                table.insert(key, UInt32(step))
                model[number] = UInt32(step)
            default:
                table.remove(key, ifValue: model[number] ?? 0)
                model[number] = nil
            }
            #expect(table.count == model.count)
        }
        for number in 0..<UInt64(700) {
            let key = FlowKey.client(number % 3, number, port: 1, family: 4, listener: 0)
            #expect(table.find(key) == model[number])
        }
    }

    @Test("Removing names the owner: a newer owner's entry stays")
    func owner() {
        var table = FlowTable(seed: 1)
        let key = FlowKey.channel(1, 0x4000)
        table.insert(key, 5)
        table.insert(key, 6)
        table.remove(key, ifValue: 5)
        #expect(table.find(key) == 6)
    }

    @Test("Keys of different questions never meet")
    func kinds() {
        var table = FlowTable(seed: 1)
        table.insert(.permission(0, 0, 9, family: 4), 1)
        #expect(table.find(.peer(0, 0, 9, port: 0, family: 4)) == nil)
        #expect(table.find(.relay(0, 9, port: 0, family: 4)) == nil)
        #expect(table.find(.client(0, 9, port: 0, family: 4, listener: 0)) == nil)
    }
}

/// A small generator with a seed, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
