import Admin
import LinuxIO

/// Asks the running daemon through its admin socket.
enum DaemonSocket {
    static func ask(_ question: DaemonQuestion) -> CommandOutput {
        let path =
            question.socket ?? Process.environment(AdminClient.socketVariable)
            ?? AdminClient.socketDefault
        let connection: UnixConnection
        do throws(SystemError) {
            connection = try UnixConnection(
                path: path, timeoutMilliseconds: Int32(AdminClient.answerSecondsMax * 1_000))
        } catch {
            return .unreachable(
                socket: path, reason: error.errno.text, forbidden: error.errno == .accessDenied)
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
}
