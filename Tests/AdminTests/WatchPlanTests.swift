import Testing

@testable import Admin

@Suite struct WatchPlanTests {
    private func plan(_ line: String) throws -> WatchPlan? {
        let words = line.split(separator: " ").map(String.init)
        guard case .ask(let question) = try Command(words) else { return nil }
        return question.watch
    }

    @Test func watchingIsAskedFor() throws {
        #expect(try plan("allocations list") == nil)
        #expect(try plan("allocations list --watch") == WatchPlan())
        #expect(
            try plan("users --watch --interval 1m --count 3")
                == WatchPlan(intervalSeconds: 60, rounds: 3))
        #expect(try plan("allocations watch --interval 5") == WatchPlan(intervalSeconds: 5))
        #expect(throws: UsageError.self) { try plan("status --interval 5") }
        #expect(throws: UsageError.self) { try plan("status --watch --interval 0") }
    }

    @Test func watchedAllocationsAreSortedAndFew() throws {
        guard case .ask(let question) = try Command(["allocations", "watch"]) else {
            Issue.record("not a question")
            return
        }
        var filter = AllocationFilter(limit: 40)
        filter.order = .rate
        #expect(question.request == .allocations(filter))
    }

    @Test func inAPipeOneAnswerFollowsTheOther() {
        let screen = WatchScreen(isTerminal: false, columns: 10)
        #expect(
            screen.frame("a very long line", command: "status", isFirst: true)
                == "a very long line\n")
        #expect(screen.frame("b", command: "status", isFirst: false) == "\nb\n")
    }

    @Test func onATerminalThePictureStaysInItsPlace() {
        let screen = WatchScreen(isTerminal: true, columns: 24)
        let text = "ID  UP RATE  DOWN RATE AND MORE\n1  0 bit/s  0 bit/s\n2  1 kbit/s  0 bit/s"
        let frame = screen.frame(text, command: "users", isFirst: false)
        #expect(
            frame == "\u{1b}[H\u{1b}[1mturnstone users: Ctrl-C \u{1b}[0m\u{1b}[K\n"
                + "\u{1b}[7mID  UP RATE  DOWN RATE A\u{1b}[0m\u{1b}[K\n"
                + "\u{1b}[2m1  0 bit/s  0 bit/s\u{1b}[0m\u{1b}[K\n"
                + "2  1 kbit/s  0 bit/s\u{1b}[K\n\u{1b}[J")
        #expect(screen.frame("x", command: "users", isFirst: true).hasPrefix("\u{1b}[2J\u{1b}[H"))
    }
}
