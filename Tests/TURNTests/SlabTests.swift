import Testing

@testable import TURN

@Suite struct SlabTests {
    @Test func indicesAreDenseReusedAndBounded() {
        var slab = Slab(vacant: "", limit: 300)
        for number in 0..<300 { #expect(slab.insert("\(number)") == UInt32(number)) }
        #expect(slab.insert("full") == nil)
        #expect(!slab.hasRoom)
        slab.remove(7)
        slab.remove(250)
        #expect(slab.count == 298)
        #expect(slab[7] == "")
        #expect(slab.insert("a") == 250)
        #expect(slab.insert("b") == 7)
        #expect(slab[299] == "299")
        #expect(slab.end == 300)
    }

    @Test func recordsAreChangedInPlace() {
        var slab = Slab(vacant: [0], limit: 10)
        let index = slab.insert([1])!
        slab[index].append(2)
        #expect(slab[index] == [1, 2])
    }
}
