/// Every command of the program. Help, parsing, completions, the manual and their tests read it.
///
/// Each group of commands has a file of its own, `CommandTable+Group.swift`: what its commands are
/// called and take, and how their words become a `Command`.
enum CommandTable {
    /// In the order of help.
    static let all: [CommandSpec] =
        daemon
        + allocations
        + users
        + credentials
        + calls
        + sessions
        + control
        + installation
        + doctor
        + probe
        + reports
}

/// Options that several commands take.
extension OptionSpec {
    static let help = OptionSpec("--help", "-h", about: "Explain this and stop.")

    static let json = OptionSpec("--json", about: "Print the daemon's JSON instead of a table.")

    static let socket = OptionSpec("--socket", value: "PATH", about: "The daemon's admin socket.")
}
