import Admin
import Appliance
import Configuration
import LinuxIO

/// `turnstone check FILE`: the verdict on every line.
enum CheckCommand {
    static func run(file: String, json: Bool, strict: Bool) -> Int32 {
        do throws(ConfigurationUnreadable) {
            let report = try ConfigurationCheck.report(on: file)
            StandardStream.output.write(json ? report.json : report.text)
            return report.exitStatus(strict: strict)
        } catch {
            StandardStream.error.write("turnstone: cannot read \(file): \(error.reason)\n")
            return ExitCode.notAccepted.rawValue
        }
    }
}
