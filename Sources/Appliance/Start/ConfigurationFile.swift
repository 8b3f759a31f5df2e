import Configuration
import LinuxIO

/// Finds and reads the configuration.
struct ConfigurationFile: Sendable {
    /// Nil: started without a file.
    var path: String?
    var overrides: [Override]

    /// `-c FILE`, or the first file of the search order that exists, or none.
    init(_ arguments: ConfigurationArguments) {
        overrides = arguments.overrides
        guard !arguments.readsNoFile else { return }
        path =
            arguments.file
            ?? Configuration.searchPaths.first { path in
                ((try? File.status(path)) ?? nil)?.isRegular == true
            }
    }

    /// What the file says now, and what there is to say about it.
    struct Reading: Sendable {
        var configuration: ServerConfiguration
        /// Warnings, worst first.
        var warnings: [String]
    }

    /// Throws with every error of the file, in its own words.
    func read() throws(StartFailure) -> Reading {
        let name = path ?? "the command line"
        let (configuration, report) = Configuration.parse(
            try bytes(), file: name, overrides: overrides)
        guard var configuration else {
            throw StartFailure(report.diagnostics(from: .error).joined(separator: "\n"))
        }
        for file in configuration.credentials.secretFiles {
            let text = try Self.text(of: file, "auth-secret-file")
            configuration.credentials.secrets += ServerConfiguration.Credentials.secrets(
                inFile: text)
        }
        return Reading(configuration: configuration, warnings: report.diagnostics(from: .warning))
    }

    private func bytes() throws(StartFailure) -> [UInt8] {
        guard let path else { return [] }
        do throws(SystemError) {
            return try File.read(path, max: Configuration.Bounds.fileBytes)
        } catch {
            throw StartFailure("\(path) cannot be read: \(error.errno.text)")
        }
    }

    private static func text(of file: String, _ key: String) throws(StartFailure) -> String {
        do throws(SystemError) {
            return try File.readText(file, max: 1 << 16)
        } catch {
            throw StartFailure("\(key): \(file) cannot be read: \(error.errno.text)")
        }
    }
}
