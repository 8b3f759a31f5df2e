import CLinux
import Glibc
import LinuxIO
import Testing

@Suite struct SignalsTests {
    /// In a process of its own, since signals belong to the whole process.
    @Test func signalsBecomeEvents() async {
        await #expect(processExitsWith: .success) {
            let queue = try SignalQueue([.terminate, .hangup])
            #expect(try queue.next() == nil)
            // To this thread only: others of the test process have not blocked them.
            pthread_kill(pthread_self(), SIGHUP)
            pthread_kill(pthread_self(), SIGPIPE)
            pthread_kill(pthread_self(), SIGTERM)
            var got: Signals = []
            while let signal = try queue.next() { got.insert(signal) }
            #expect(got == [.terminate, .hangup])
        }
    }
}
