import Testing

@testable import Doctor

@Suite struct ProcTextTests {
    @Test func socketsOfTheKernelsTable() {
        let text = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt uid
             640: 0100007F:0D96 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 31244
            1031: 00000000:C000 00000000:0000 07 00000000:00000000 00:00000000 00000000 7 0 40000
            """
        let sockets = ProcText.sockets(text)
        #expect(sockets.map(\.port) == [3_478, 49_152])
        #expect(sockets.map(\.inode) == [31_244, 40_000])
    }

    @Test func backlogSumsTheCPUs() {
        let text = "3706b795 00000708 0000001b 0\n1c89f0d5 00000001 0000001f 0\nbad line\n"
        let sums = ProcText.backlog(text)
        #expect(sums.drops == 0x709)
        #expect(sums.packets == 0x3706_b795 + 0x1c89_f0d5)
    }

    @Test func numbersAndRanges() {
        #expect(ProcText.number("212992\n") == 212_992)
        #expect(ProcText.number("\n") == nil)
        #expect(ProcText.range("32768\t60999\n") == 32_768...60_999)
        #expect(ProcText.range("9 3") == nil && ProcText.range("1") == nil)
        #expect(ProcText.ports("8080,49152-65535\n").ranges == [8_080...8_080, 49_152...65_535])
        #expect(ProcText.ports("\n").isEmpty && ProcText.ports("9-3,x,-").isEmpty)
    }

    @Test func openFilesOfAProcess() {
        let text = """
            Limit                     Soft Limit           Hard Limit           Units
            Max processes             31385                31385                processes
            Max open files            1024                 524288               files
            """
        #expect(ProcText.openFiles(text) == 1_024)
        #expect(ProcText.openFiles("Max open files unlimited unlimited files") == .max)
        #expect(ProcText.openFiles("") == nil)
    }

    @Test func dockersProxy() {
        let words = [
            "/usr/bin/docker-proxy", "-proto", "udp", "-host-ip", "0.0.0.0", "-host-port", "49160",
            "-container-ip", "172.17.0.2", "-container-port", "49160",
        ]
        let found = ProcText.dockerProxy(words)
        #expect(found?.isUDP == true && found?.port == 49_160)
        #expect(ProcText.dockerProxy(["docker-proxy", "-host-port"]) == nil)
        #expect(ProcText.dockerProxy(["docker-proxy", "-host-port", "70000"]) == nil)
    }

    @Test(arguments: ["", "\n\n", " : : : : : : : : : :", "a\nb:c d:e\n0: :::: x"])
    func hostileTextDoesNotTrap(text: String) {
        _ = ProcText.sockets(text)
        _ = ProcText.backlog(text)
        _ = ProcText.ports(text)
        _ = ProcText.range(text)
        _ = ProcText.openFiles(text)
    }
}
