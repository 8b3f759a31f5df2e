/// `turnstone serve`: the daemon itself.
package enum ServeCommand {
    /// Runs the daemon until it is told to stop, and returns the exit code of the process.
    ///
    /// `arguments` is everything after `serve`, as typed: `-c FILE` or `-n`, and `--KEY VALUE` or
    /// `--KEY=VALUE` for any key of the configuration file.
    package static func run(_ arguments: [String]) -> Int32 { 1 }
}
