import Admin
import LinuxIO

/// Asks the daemon again and again, until Ctrl-C or the last round.
enum WatchCommand {
    static func run(_ question: DaemonQuestion, _ plan: WatchPlan, command: String) -> Int32 {
        let output = StandardStream.output
        let screen = WatchScreen(
            isTerminal: output.isTerminal && !question.json, columns: output.columns)
        guard let signals = try? SignalQueue([.terminate, .interrupt]),
            let epoll = try? Epoll(capacity: 1),
            (try? epoll.add(signals.raw, .readable, token: 0)) != nil
        else { return ExitCode.failure.rawValue }
        var round = 0
        while true {
            let answer = DaemonSocket.ask(question)
            if let error = answer.error { StandardStream.error.write(error + "\n") }
            guard answer.code == .success else { return answer.code.rawValue }
            if let text = answer.text {
                output.write(screen.frame(text, command: command, isFirst: round == 0))
            }
            round += 1
            if let rounds = plan.rounds, round >= rounds { return ExitCode.success.rawValue }
            // A signal ends the wait, and so the watch.
            if epoll.wait(milliseconds: Int32(clamping: plan.intervalSeconds * 1_000)) > 0 {
                return ExitCode.success.rawValue
            }
        }
    }
}
