import Testing

@testable import Doctor

@Suite struct PortSetTests {
    @Test func rangesMergeAndSort() {
        #expect(PortSet([5...6, 7...9, 1...2]).ranges == [1...2, 5...9])
        #expect(PortSet([65_535...65_535, 65_534...65_534]).ranges == [65_534...65_535])
        #expect(PortSet([5, 5, 6] as [UInt16]).count == 2)
    }

    @Test func setsOfPorts() {
        let relay = PortSet([49_152...65_535])
        #expect(relay.inverted.ranges == [0...49_151])
        #expect(PortSet.all.inverted.isEmpty && PortSet().inverted == .all)
        #expect(PortSet([0...9]).subtracting(PortSet([3...4])).ranges == [0...2, 5...9])
        #expect(relay.intersection(PortSet([1...50_000])).ranges == [49_152...50_000])
        #expect(relay.contains(49_152) && !relay.contains(49_151))
    }

    @Test func textIsThatOfTheTools() {
        let set = PortSet([3_478...3_478, 49_152...65_535])
        #expect("\(set)" == "3478, 49152-65535")
        #expect(set.text(rangeMark: ":") == ["3478", "49152:65535"])
    }
}
