import TURN
import Testing

@testable import Appliance

@Suite struct ListenerIndexTests {
    @Test func numbersAsDocumented() {
        #expect([0, 1, 5].map { ListenerIndex.udp($0).index } == [0, 4, 20])
        #expect([0, 1, 5].map { ListenerIndex.dtls($0).index } == [1, 5, 21])
        #expect([0, 1, 5].map { ListenerIndex.tcp($0).index } == [2, 6, 22])
        #expect([0, 1, 5].map { ListenerIndex.tls($0).index } == [3, 7, 23])
        #expect(ListenerIndex.tls(ListenerIndex.slotsMax - 1).index == .max)
    }

    @Test("Every number means one place, and that place has that number")
    func isOneToOne() {
        for number in UInt16.min...UInt16.max {
            let id = ListenerID(index: number)
            let back =
                switch ListenerIndex.place(of: id) {
                case .udp(let slot): ListenerIndex.udp(slot)
                case .dtls(let slot): ListenerIndex.dtls(slot)
                case .tcp(let slot): ListenerIndex.tcp(slot)
                case .tls(let slot): ListenerIndex.tls(slot)
                }
            #expect(back == id)
        }
    }
}
