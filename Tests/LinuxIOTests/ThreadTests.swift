import LinuxIO
import Synchronization
import Testing

@Suite struct ThreadTests {
    private final class Result: Sendable {
        let name = Mutex("")
        let cpus = Mutex([Int]())
    }

    @Test func runsItsBodyWithItsNameOnItsCPU() throws {
        let cpu = try #require(Thread.availableCPUs().last)
        let result = Result()
        let thread = try Thread(name: "ts-worker", cpu: cpu, stackSize: 1 << 20) {
            let name = try? File.readText("/proc/thread-self/comm", max: 64)
            result.name.withLock { $0 = name ?? "" }
            result.cpus.withLock { $0 = Thread.availableCPUs() }
        }
        thread.join()
        #expect(result.name.withLock { $0 } == "ts-worker\n")
        #expect(result.cpus.withLock { $0 } == [cpu])
        #expect(Thread.availableCPUs().contains(cpu))
    }
}
