import Testing

@testable import LinuxIO

@Suite struct UnixDatagramTests {
    @Test("Each send is one datagram; a full receiver is told at once, and takes more later")
    func full() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/log"
        let receiver = DatagramReceiver(path: path)
        let sender = try UnixDatagram(path: path)
        #expect(try sender.send(Array("one\ntwo".utf8)))
        #expect(receiver.next() == "one\ntwo")
        var taken = 0
        while taken < 1_000_000, try sender.send(Array("\(taken)".utf8)) { taken += 1 }
        #expect((1..<1_000_000).contains(taken))
        for number in 0..<taken { #expect(receiver.next() == "\(number)") }
        #expect(receiver.next() == nil)
        #expect(try sender.send([0x61]))
    }

    @Test("A receiver that is gone is an error; another one at the path wants another socket")
    func gone() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/log"
        let receiver = DatagramReceiver(path: path)
        let sender = try UnixDatagram(path: path)
        receiver.close()
        #expect(throws: SystemError(.connectionRefused, call: "send")) {
            _ = try sender.send([0x61])
        }
        try File.remove(path)
        #expect(throws: SystemError(.noSuchFile, call: "connect")) {
            _ = try UnixDatagram(path: path)
        }
        let second = DatagramReceiver(path: path)
        #expect(throws: SystemError.self) { _ = try sender.send([0x61]) }
        #expect(try UnixDatagram(path: path).send([0x62]))
        #expect(second.next() == "b")
    }
}
