/// One option of a command.
struct OptionSpec: Hashable, Sendable {
    /// `--socket`; `-h`.
    let names: [String]
    /// What stands for the value in help; nil for a switch.
    let value: String?
    let summary: String

    init(_ names: String..., value: String? = nil, about summary: String) {
        self.names = names
        self.value = value
        self.summary = summary
    }
}

/// One command of the program: what it is called, takes and does.
struct CommandSpec: Sendable {
    /// The words it begins with: `["allocations", "list"]`.
    let path: [String]
    /// What stands for its operands in help, and how many there may be.
    let operands: String
    let operandCount: ClosedRange<Int>
    let summary: String
    let options: [OptionSpec]
    /// What to know before using it; lines of at most 80 columns.
    let explanation: [String]
    let examples: [String]
    /// All words behind the path belong to the command unread.
    let takesEverything: Bool
    /// What its words ask for; operands are as many as `operandCount` allows.
    let read: @Sendable (ParsedArguments) throws(UsageError) -> Command

    init(
        _ path: String..., operands: String = "", count: ClosedRange<Int> = 0...0,
        about summary: String, options: [OptionSpec] = [], explanation: [String] = [],
        examples: [String] = [], takesEverything: Bool = false,
        read: @escaping @Sendable (ParsedArguments) throws(UsageError) -> Command
    ) {
        self.path = path
        self.operands = operands
        operandCount = count
        self.summary = summary
        self.options = options
        self.explanation = explanation
        self.examples = examples
        self.takesEverything = takesEverything
        self.read = read
    }

    var name: String { path.joined(separator: " ") }
}
