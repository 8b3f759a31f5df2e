import Admin
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
        /// Each line with a setting, secrets hidden.
        var lines: [Report.Line]
        /// Files that did not exist and were made; the daemon's user must come to own them.
        var madeFiles: [String] = []
    }

    /// Throws with every error of the file, in its own words.
    ///
    /// - Parameter makesFiles: a secret file that does not exist is made; else it is an error.
    func read(makesFiles: Bool = true) throws(StartFailure) -> Reading {
        let name = path ?? "the command line"
        let (configuration, report) = Configuration.parse(
            try bytes(), file: name, overrides: overrides)
        guard var configuration else {
            throw StartFailure(
                report.diagnostics(from: .error).joined(separator: "\n"), code: .notAccepted)
        }
        configuration.streams.certificates = configuration.streams.certificates.map {
            $0.resolved(in: folder)
        }
        configuration.metrics.certificates = configuration.metrics.certificates.map {
            $0.resolved(in: folder)
        }
        configuration.process.stateDirectory = stateDirectory(configuration.process)
        configuration.calls.hooks.authorityFile = configuration.calls.hooks.authorityFile
            .map(absolute)
        var warnings = report.diagnostics(from: .warning)
        warnings += try loadTokenKeys(&configuration.calls.tokens)
        var madeFiles: [String] = []
        for path in configuration.credentials.secretFiles {
            let file = try SecretFile.read(path, makesFile: makesFiles)
            configuration.credentials.secrets += ServerConfiguration.Credentials.secrets(
                inFile: file.text)
            guard file.isNew else { continue }
            madeFiles.append(path)
            warnings.append("auth-secret-file: \(path) did not exist; made with a random secret")
        }
        return Reading(
            configuration: configuration, warnings: warnings, lines: report.lines,
            madeFiles: madeFiles)
    }

    /// `state-dir`, or the first folder that the service manager made (systemd.exec(5)).
    private func stateDirectory(_ process: ServerConfiguration.ProcessSettings) -> String? {
        if let path = process.stateDirectory { return absolute(path) }
        let given = Process.environment("STATE_DIRECTORY") ?? ""
        return given.split(separator: ":").first.map(String.init)
    }

    /// Puts what files hold into the place of their paths; returns what to warn of.
    private func loadTokenKeys(
        _ tokens: inout ServerConfiguration.Tokens
    ) throws(StartFailure) -> [String] {
        var warnings: [String] = []
        for index in tokens.keys.indices {
            let source = tokens.keys[index].source
            do throws(TokenKeyFile.Failure) {
                let (key, warning) = try TokenKeyFile.load(tokens.keys[index], in: folder)
                tokens.keys[index] = key
                if let warning {
                    warnings.append("\(source): \(warning.message) \(warning.advice)")
                }
            } catch {
                throw StartFailure("\(source): \(error.message)", code: .notAccepted)
            }
        }
        return warnings
    }

    private func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : folder + "/" + path
    }

    /// The absolute folder of the file, which paths in it start from.
    var folder: String { path.map { Self.folder(of: $0) } ?? Self.currentFolder }

    /// The absolute folder that holds `path`.
    static func folder(of path: String) -> String {
        let absolute = path.hasPrefix("/") ? path : currentFolder + "/" + path
        return absolute.lastIndex(of: "/").map { String(absolute[..<$0]) } ?? ""
    }

    private static var currentFolder: String { (try? File.linkTarget("/proc/self/cwd")) ?? "" }

    private func bytes() throws(StartFailure) -> [UInt8] {
        guard let path else { return [] }
        do throws(SystemError) {
            return try File.read(path, max: Configuration.Bounds.fileBytes)
        } catch {
            throw StartFailure(
                "\(path) cannot be read: \(error.errno.text)", code: .notAccepted)
        }
    }
}
