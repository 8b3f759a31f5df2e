/// How a question is asked again and again.
package struct WatchPlan: Hashable, Sendable {
    package static let intervalDefault: UInt32 = 2
    package static let intervalMax: UInt32 = 3_600

    package var intervalSeconds: UInt32
    /// How often; nil: until somebody ends it.
    package var rounds: Int?

    package init(intervalSeconds: UInt32 = Self.intervalDefault, rounds: Int? = nil) {
        self.intervalSeconds = intervalSeconds
        self.rounds = rounds
    }
}

/// What a watched answer looks like: on a terminal one picture that changes, with colours; in a
/// pipe one answer behind the other, as plain text.
package struct WatchScreen: Sendable {
    package var isTerminal: Bool
    /// Longer lines are cut; nil: never.
    package var columns: Int?

    package init(isTerminal: Bool, columns: Int?) {
        self.isTerminal = isTerminal
        self.columns = columns
    }

    /// One picture of an answer. `command` stands above it on a terminal.
    package func frame(_ text: String, command: String, isFirst: Bool) -> String {
        guard isTerminal else { return (isFirst ? "" : "\n") + text + "\n" }
        // Home, then each line over the old one: a cleared screen would flicker (ECMA-48).
        var frame = isFirst ? "\u{1b}[2J\u{1b}[H" : "\u{1b}[H"
        frame += line("turnstone \(command): Ctrl-C ends", Self.bold)
        for (index, row) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            frame += line(String(row), index == 0 ? Self.reverse : style(of: row))
        }
        return frame + "\u{1b}[J"
    }

    private static let bold = "\u{1b}[1m"
    private static let reverse = "\u{1b}[7m"
    private static let dim = "\u{1b}[2m"
    private static let plain = "\u{1b}[0m"

    /// Who sends and receives nothing steps back.
    private func style(of row: Substring) -> String? {
        var rest = row[...]
        var idle = 0
        while let range = rest.firstRange(of: " 0 bit/s") {
            idle += 1
            rest = rest[range.upperBound...]
        }
        return idle >= 2 ? Self.dim : nil
    }

    private func line(_ text: String, _ style: String?) -> String {
        let shown = columns.map { String(text.prefix($0)) } ?? text
        let styled = style.map { $0 + shown + Self.plain } ?? shown
        return styled + "\u{1b}[K\n"
    }
}

extension OptionSpec {
    static let watch = OptionSpec("--watch", about: "Repeat, as top does, until Ctrl-C.")

    static let interval = OptionSpec(
        "--interval", value: "TIME", about: "Watch: how long between two looks; 2s if not given.")

    static let rounds = OptionSpec(
        "--count", value: "N", about: "Watch: end after so many looks.")

    /// What everything that can be watched takes.
    static let watching = [watch, interval, rounds]
}

extension ParsedArguments {
    /// Nil when nobody wants to watch; `always` makes `--watch` needless.
    func watchPlan(always: Bool) throws(UsageError) -> WatchPlan? {
        let interval = try seconds("--interval", in: 1...WatchPlan.intervalMax)
        let rounds = try number("--count", in: 1...1_000_000)
        guard always || has("--watch") else {
            if interval != nil || rounds != nil {
                throw error("--interval and --count go with --watch")
            }
            return nil
        }
        return WatchPlan(
            intervalSeconds: interval ?? WatchPlan.intervalDefault, rounds: rounds)
    }
}
