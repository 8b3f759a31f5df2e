import TURN
import Testing

@testable import Appliance

@Suite struct ListenerIndexTests {
    @Test func numbersAsDocumented() {
        let index = ListenerIndex(udpCount: 2, streamCount: 3)
        #expect([0, 1].map { index.udp($0).index } == [0, 1])
        #expect([0, 1].map { index.dtls($0).index } == [2, 3])
        #expect([0, 1, 2].map { index.tcp($0).index } == [4, 6, 8])
        #expect([0, 1, 2].map { index.tls($0).index } == [5, 7, 9])
        #expect(index.count == 10)
    }

    @Test("Every number means one place, and that place has that number")
    func isOneToOne() throws {
        for (udp, streams) in [(0, 0), (0, 3), (2, 0), (1, 1), (5, 4)] {
            let index = ListenerIndex(udpCount: udp, streamCount: streams)
            for number in 0..<index.count {
                let id = ListenerID(index: UInt16(number))
                let back =
                    switch try #require(index.place(of: id)) {
                    case .udp(let address): index.udp(address)
                    case .dtls(let address): index.dtls(address)
                    case .tcp(let endpoint): index.tcp(endpoint)
                    case .tls(let endpoint): index.tls(endpoint)
                    }
                #expect(back == id)
            }
            #expect(index.place(of: ListenerID(index: UInt16(index.count))) == nil)
        }
    }
}
