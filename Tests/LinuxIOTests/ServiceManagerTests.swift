import Testing

@testable import LinuxIO

@Suite struct ServiceManagerTests {
    @Test func linesArriveInOneDatagram() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/notify"
        let manager = DatagramReceiver(path: path)
        #expect(ServiceManager.notify(socket: path, ["READY=1", "STATUS=listening"]))
        #expect(manager.next() == "READY=1\nSTATUS=listening")
        #expect(!ServiceManager.notify(socket: directory.path + "/nobody", ["READY=1"]))
    }

    @Test func aWatchdogIsForTheProcessThatItNames() {
        #expect(ServiceManager.watchdog("30000000", of: "77", process: 77) == 30_000_000)
        #expect(ServiceManager.watchdog("30000000", of: nil, process: 77) == 30_000_000)
        #expect(ServiceManager.watchdog("30000000", of: "76", process: 77) == nil)
        #expect(ServiceManager.watchdog("30000000", of: "", process: 77) == nil)
        #expect(ServiceManager.watchdog("0", of: nil, process: 77) == nil)
        #expect(ServiceManager.watchdog("soon", of: nil, process: 77) == nil)
        #expect(ServiceManager.watchdog(nil, of: nil, process: 77) == nil)
    }

    @Test func withoutAManagerNothingHappens() {
        guard Process.environment("NOTIFY_SOCKET") == nil else { return }
        #expect(!ServiceManager.notify("READY=1"))
    }
}
