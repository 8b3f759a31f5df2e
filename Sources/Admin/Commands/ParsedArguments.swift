/// The words behind a command, sorted by its table entry.
struct ParsedArguments {
    private(set) var operands: [String] = []
    /// All words, of a command that takes them unread.
    private(set) var unread: [String] = []
    /// By the first name of the option; a switch has an empty value.
    private var values: [String: String] = [:]
    let command: String

    /// Reads `--name VALUE`, `--name=VALUE`, switches, and `--` before operands that look like one.
    init(_ words: ArraySlice<String>, for spec: CommandSpec) throws(UsageError) {
        command = spec.name
        var rest = words
        var onlyOperands = false
        while let word = rest.popFirst() {
            if onlyOperands || !word.hasPrefix("-") || word == "-" || Self.isName(word, spec) {
                operands.append(word)
            } else if word == "--" {
                onlyOperands = true
            } else {
                try readOption(word, &rest, spec.options)
            }
        }
    }

    /// Ids of calls and sessions are base64 of URLs: one in 64 begins with a hyphen.
    private static func isName(_ word: String, _ spec: CommandSpec) -> Bool {
        spec.operandCount.upperBound > 0 && !word.hasPrefix("--") && word.utf8.count >= 8
            && !spec.options.contains { $0.names.contains { word.hasPrefix($0) } }
    }

    /// For a command that reads its words itself.
    init(unread words: ArraySlice<String>, for spec: CommandSpec) {
        command = spec.name
        unread = Array(words)
    }

    func has(_ name: String) -> Bool { values[name] != nil }

    func value(_ name: String) -> String? { values[name] }

    func value<Value>(
        _ name: String, as form: String, _ read: (String) -> Value?
    ) throws(UsageError) -> Value? {
        guard let text = values[name] else { return nil }
        guard let value = read(text) else {
            throw error("\(name) takes \(form), not '\(text.printable)'")
        }
        return value
    }

    /// A time such as `10m`, in seconds.
    func seconds(_ name: String, in range: ClosedRange<UInt32>) throws(UsageError) -> UInt32? {
        let form = "seconds, or 10m, 2h, 1d, at most \(range.upperBound) seconds"
        return try value(name, as: form) { text in
            DurationText.seconds(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A whole number.
    func number(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        let form = "a number from \(range.lowerBound) to \(range.upperBound)"
        return try value(name, as: form) { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func error(_ message: String) -> UsageError { UsageError(message, for: command) }

    private mutating func readOption(
        _ word: String, _ rest: inout ArraySlice<String>, _ options: [OptionSpec]
    ) throws(UsageError) {
        let name = String(word.prefix { $0 != "=" })
        guard let option = options.first(where: { $0.names.contains(name) }) else {
            let names = options.flatMap(\.names) + OptionSpec.help.names
            let hint = Spelling.nearest(to: name, among: names).map { "; did you mean \($0)?" }
            throw error("unknown option '\(name.printable)'" + (hint ?? ""))
        }
        let value: String
        if name != word {
            value = String(word.dropFirst(name.count + 1))
            guard option.value != nil else { throw error("\(name) takes no value") }
        } else if option.value == nil {
            value = ""
        } else {
            guard let next = rest.popFirst() else {
                throw error("\(name) needs a value: \(name) \(option.value ?? "")")
            }
            value = next
        }
        guard values.updateValue(value, forKey: option.names[0]) == nil else {
            throw error("\(name) is given twice")
        }
    }
}
