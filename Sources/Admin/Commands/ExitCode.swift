/// The exit codes of the `turnstone` command; part of its interface.
package enum ExitCode: Int32, Hashable, Sendable, CaseIterable {
    case success = 0
    /// The daemon, or the system, refused what was asked.
    case failure = 1
    /// What was written is not accepted: the command line, or the file given to `check`.
    case notAccepted = 2
    /// No daemon answers at the socket.
    case unreachable = 3
    /// `probe`: the server answers over no transport.
    case unusable = 4

    /// For the manual.
    var meaning: String {
        switch self {
        case .success: "Done."
        case .failure:
            "The daemon or the system refused; `check --strict`, `probe`, `doctor`: warnings."
        case .notAccepted:
            "What was written is not accepted: the command line, or the configuration file."
        case .unreachable:
            "No daemon answers at the socket; `probe`, `doctor`: something does not work."
        case .unusable: "`probe`: the server answers over no transport."
        }
    }
}
