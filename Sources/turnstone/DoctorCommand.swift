import Admin
import Doctor
import DoctorIO
import LinuxIO
import ProbeIO

/// `turnstone doctor`: what is wrong with the installation on this machine.
enum DoctorCommand {
    static func run(_ order: DoctorOrder) -> Int32 {
        do throws(DoctorImpossible) {
            let report = try DoctorRun.report(try settings(order), ask: DaemonSocket.ask)
            StandardStream.output.write(order.json ? report.json : report.text)
            return report.exitCode
        } catch {
            StandardStream.error.write("turnstone: \(error)\n")
            return ExitCode.notAccepted.rawValue
        }
    }

    private static func settings(_ order: DoctorOrder) throws(DoctorImpossible) -> DoctorSettings {
        var settings = DoctorSettings()
        settings.file = order.file
        settings.host = order.host
        settings.socket = order.socket
        settings.timeServer = order.timeServer
        settings.skipped = Set(order.skipped.compactMap { DoctorCheck(rawValue: $0) })
        guard let file = order.authoritiesFile else { return settings }
        do throws(SystemError) {
            settings.authorities = .named(pem: try File.read(file, max: 1 << 20), file: file)
        } catch {
            throw DoctorImpossible(
                description: "cannot read \(file.printable): \(error.errno.text)")
        }
        return settings
    }
}
