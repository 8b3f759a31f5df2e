import Admin
import Configuration
import LinuxIO

/// `turnstone check FILE`: the verdict on every line.
enum CheckCommand {
    /// Far above any real configuration, which has some kilobytes.
    private static let fileBytesMax = 4 << 20

    static func run(file: String, json: Bool, strict: Bool) -> Int32 {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try File.read(file, max: fileBytesMax)
        } catch {
            StandardStream.error.write("turnstone: cannot read \(file): \(error.errno.text)\n")
            return ExitCode.notAccepted.rawValue
        }
        let (_, report) = Configuration.parse(bytes, file: file)
        StandardStream.output.write(json ? report.json : report.text)
        return report.exitStatus(strict: strict)
    }
}
