import LinuxIO
import Primitives
import Testing

@Suite struct EpollTests {
    @Test func tokensComeBackWithTheirEvents() throws {
        let a = try Loopback.socket(Loopback.v4)
        let b = try Loopback.socket(Loopback.v4)
        let epoll = try Epoll(capacity: 4)
        try epoll.add(a.handle.raw, .readable, token: .max)
        try epoll.add(b.handle.raw, .readable, token: 42)
        #expect(epoll.wait(milliseconds: 0) == 0)
        try a.handle.send([1], to: b.handle.localAddress())
        #expect(epoll.wait(milliseconds: 1000) == 1)
        #expect(epoll[0].token == 42)
        #expect(epoll[0].readiness == .readable)
        try epoll.modify(b.handle.raw, .writable, token: 43)
        #expect(epoll.wait(milliseconds: 0) == 1)
        #expect(epoll[0].token == 43)
        #expect(epoll[0].readiness == .writable)
        try epoll.remove(b.handle.raw)
        #expect(epoll.wait(milliseconds: 0) == 0)
        #expect(throws: SystemError(.noSuchFile, call: "epoll_ctl")) {
            try epoll.remove(b.handle.raw)
        }
    }

    @Test func wakeupsReachAnotherThread() throws {
        let epoll = try Epoll()
        let wakeup = try Wakeup()
        try epoll.add(wakeup.raw, .readable, token: 7)
        wakeup.signal()
        wakeup.signal()
        #expect(epoll.wait(milliseconds: 0) == 1)
        wakeup.drain()
        #expect(epoll.wait(milliseconds: 0) == 0)
        wakeup.drain()
    }
}
