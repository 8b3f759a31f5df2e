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
