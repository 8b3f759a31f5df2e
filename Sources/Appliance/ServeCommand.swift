import Admin
import Configuration
import LinuxIO

/// `turnstone serve`: the daemon itself.
package enum ServeCommand {
    /// Runs the daemon until it is told to stop, and returns the exit code of the process.
    ///
    /// `arguments` is everything after `serve`, as typed: `-c FILE` or `-n`, and `--KEY VALUE` or
    /// `--KEY=VALUE` for any key of the configuration file.
    ///
    /// `service` answers HTTP and WebSockets; nil: credentials for applications,
    /// and a page that says what runs here.
    package static func run(_ arguments: [String], service: (any WebService)? = nil) -> Int32 {
        do throws(StartFailure) {
            try serve(arguments, service ?? ApplicationService())
            return 0
        } catch {
            StandardStream.error.write("turnstone: \(error)\n")
            return error.code.rawValue
        }
    }

    private static func serve(
        _ arguments: [String], _ service: any WebService
    ) throws(StartFailure) {
        let parsed: ConfigurationArguments
        do throws(Problem) {
            parsed = try ConfigurationArguments(arguments)
        } catch {
            throw StartFailure("\(error.message) \(error.advice)", code: .notAccepted)
        }
        // Signals are blocked before any thread starts, so that all of them inherit that.
        let signals = try attempt("signals") { () throws(SystemError) in
            try SignalQueue([.terminate, .interrupt, .hangup])
        }
        let file = ConfigurationFile(parsed)
        var start = try Start(file)
        try start.open()
        var loop = try start.launch(signals, service)
        loop.run()
    }
}

/// Turns a system error of the start into words.
func attempt<Value: ~Copyable>(
    _ what: String, _ body: () throws(SystemError) -> Value
) throws(StartFailure) -> Value {
    do throws(SystemError) {
        return try body()
    } catch {
        throw StartFailure("\(what): \(error)")
    }
}
