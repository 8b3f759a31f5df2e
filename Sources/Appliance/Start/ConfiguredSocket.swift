package import Configuration
import LinuxIO

/// Where a daemon with a configuration answers its operator.
package enum ConfiguredSocket {
    /// What the file says of `admin-socket`; empty where it switches the socket off.
    ///
    /// - Throws: why the file cannot be read.
    package static func path(inFile file: String) throws(ConfigurationUnreadable) -> String {
        do throws(SystemError) {
            let bytes = try File.read(file, max: Configuration.Bounds.fileBytes)
            return path(in: Configuration.parse(bytes, file: file).1)
        } catch {
            throw ConfigurationUnreadable(reason: error.errno.text)
        }
    }

    /// A file with errors says it too: the daemon that runs is to tell what is wrong with it.
    package static func path(in report: Report) -> String {
        let line = report.lines.last { $0.key == "admin-socket" && $0.verdict != .invalid }
        return line?.value ?? ServerConfiguration.ProcessSettings().adminSocket
    }
}
