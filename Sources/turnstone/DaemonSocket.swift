import Admin
import Appliance
import LinuxIO

/// Asks the running daemon through its admin socket.
enum DaemonSocket {
    static func ask(_ question: DaemonQuestion) -> CommandOutput {
        let path: String
        do throws(ConfigurationUnreadable) {
            path = try Self.path(question)
        } catch {
            let file = question.file ?? ""
            return CommandOutput(
                error: "turnstone: cannot read \(file.printable): \(error.reason)",
                code: .notAccepted)
        }
        guard !path.isEmpty else {
            return hangUp(question) ?? .switchedOff(inFile: question.file ?? "")
        }
        let connection: UnixConnection
        do throws(SystemError) {
            connection = try UnixConnection(
                path: path, timeoutMilliseconds: Int32(AdminClient.answerSecondsMax * 1_000))
        } catch {
            return hangUp(question)
                ?? .unreachable(
                    socket: path, reason: error.errno.text,
                    forbidden: error.errno == .accessDenied)
        }
        do throws(SystemError) {
            var exchange = AdminExchange(question)
            try connection.write(exchange.request)
            while true {
                if let output = exchange.receive(try connection.read()) { return output }
            }
        } catch {
            let reason = error.errno == .timedOut ? "it does not answer in time" : error.errno.text
            return .unreachable(socket: path, reason: reason)
        }
    }

    private static func path(
        _ question: DaemonQuestion
    ) throws(ConfigurationUnreadable) -> String {
        if let path = question.socket ?? Process.environment(AdminClient.socketVariable) {
            return path
        }
        guard let file = question.file else { return AdminClient.socketDefault }
        return try ConfiguredSocket.path(inFile: file)
    }

    /// Nil where no process was named, or it gets no signal.
    private static func hangUp(_ question: DaemonQuestion) -> CommandOutput? {
        guard let process = question.fallbackProcess,
            (try? Process.hangUp(process)) != nil
        else { return nil }
        return .signalled(process: process)
    }
}
