import Admin
import Appliance
import Configuration
import LinuxIO

/// Carries out one command line.
enum Program {
    /// Returns the exit code of the process.
    static func run(_ arguments: [String]) -> Int32 {
        let command: Command
        do throws(UsageError) {
            command = try Command(arguments)
        } catch {
            return finish(CommandOutput(error: error.text, code: .notAccepted))
        }
        switch command {
        case .help(let text): return finish(CommandOutput(text: text, code: .success))
        case .version:
            let text = "turnstone \(TurnstoneVersion.current)"
            return finish(CommandOutput(text: text, code: .success))
        case .serve(let arguments): return ServeCommand.run(arguments)
        case .check(let file, let json, let strict):
            return CheckCommand.run(file: file, json: json, strict: strict)
        case .probe(let order): return ProbeCommand.run(order)
        case .doctor(let order): return DoctorCommand.run(order)
        case .ask(let question): return ask(question)
        case .migrate(let order): return MigrateCommand(order).run()
        case .completions(let shell):
            let keys = KeyTable.keys.filter(\.doesSomething).map { key in
                Completions.FileKey(
                    key.name, value: key.isValueOptional ? nil : key.unit.uppercased(),
                    about: key.meaning)
            }
            let script = Completions(keys: keys).script(for: shell)
            return finish(CommandOutput(text: script, code: .success))
        case .manual(.command):
            return finish(CommandOutput(text: CommandManual.text, code: .success))
        case .manual(.configuration):
            return finish(CommandOutput(text: ConfigurationManual.text, code: .success))
        }
    }

    private static func ask(_ question: DaemonQuestion) -> Int32 {
        var question = question
        if case .explainCredential(var asked) = question.request, asked.password == "-" {
            let bytes = (try? StandardStream.input.readAll(max: 4_096)) ?? []
            let line = bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
            asked.password = String(decoding: line, as: UTF8.self)
            question.request = .explainCredential(asked)
        }
        guard let plan = question.watch else { return finish(DaemonSocket.ask(question)) }
        return WatchCommand.run(question, plan, command: question.command)
    }

    private static func finish(_ output: CommandOutput) -> Int32 {
        if let text = output.text { StandardStream.output.write(text + "\n") }
        if let error = output.error { StandardStream.error.write(error + "\n") }
        return output.code.rawValue
    }
}
