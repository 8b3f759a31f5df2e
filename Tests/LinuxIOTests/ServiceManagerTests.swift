import Glibc
import Testing

@testable import LinuxIO

@Suite struct ServiceManagerTests {
    @Test func linesArriveInOneDatagram() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/notify"
        let raw = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        let manager = FileDescriptor(owning: raw)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let bound = withUnsafePointer(to: &name) { name in
            name.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(manager.raw, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(bound == 0)
        #expect(ServiceManager.notify(socket: path, ["READY=1", "STATUS=listening"]))
        var buffer = [UInt8](repeating: 0, count: 100)
        let count = recv(manager.raw, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        #expect(
            String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
                == "READY=1\nSTATUS=listening")
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
