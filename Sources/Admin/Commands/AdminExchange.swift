import HTTP

/// One question to the daemon, from its bytes to what the command prints.
package struct AdminExchange: ~Copyable {
    private let question: DaemonQuestion
    private var parser = AdminClient.parser()

    package init(_ question: DaemonQuestion) { self.question = question }

    /// What to write to the socket.
    package var request: [UInt8] { AdminClient.bytes(for: question.request) }

    /// Takes what was read, nothing at the end of the stream; nil while more is needed.
    package mutating func receive(_ input: [UInt8]) -> CommandOutput? {
        do throws(HTTPRefusal) {
            try parser.receive(input.span)
        } catch {
            return Self.failure("what answers is no Turnstone daemon (\(error.rawValue))")
        }
        if let response = parser.complete { return CommandOutput(response, to: question) }
        return input.isEmpty ? Self.failure("the daemon hung up before its answer was whole") : nil
    }

    private static func failure(_ message: String) -> CommandOutput {
        CommandOutput(error: "turnstone: \(message)", code: .failure)
    }
}
