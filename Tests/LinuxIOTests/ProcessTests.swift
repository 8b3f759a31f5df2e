import Glibc
import LinuxIO
import Testing

@Suite struct ProcessTests {
    @Test func theLimitOfOpenFilesIsRaisedAsFarAsTheSystemLets() throws {
        let now = try Process.raiseOpenFiles(to: 16)
        #expect(now >= 16)
        let more = try Process.raiseOpenFiles(to: now + 1)
        #expect(more >= now)
        // No system grants this: the answer is what holds.
        #expect(try Process.raiseOpenFiles(to: 1 << 40) < 1 << 40)
    }

    /// In a process of its own, whose table no other test has grown.
    @Test func roomForDescriptorsIsMadeAtOnce() async {
        await #expect(processExitsWith: .success) {
            let limit = try Process.raiseOpenFiles(to: 2000)
            try Process.reserveDescriptors(min(limit, 2000))
            let status = try File.readText("/proc/self/status", max: 1 << 16)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("FDSize:") })
            let size = Int(line.split(separator: "\t").last ?? "") ?? 0
            #expect(size >= min(limit, 2000))
        }
        #expect(throws: SystemError(.invalid, call: "fcntl")) {
            try Process.reserveDescriptors(.max)
        }
    }

    @Test func theEnvironmentIsRead() {
        #expect(Process.environment("PATH")?.isEmpty == false)
        #expect(Process.environment("TURNSTONE_NO_SUCH_VARIABLE") == nil)
        #expect(Process.residentBytes() > 1 << 20)
    }

    @Test func theHostHasAName() {
        #expect(!Host.name().isEmpty)
        #expect(Host.domain()?.isEmpty != true)
    }
}
