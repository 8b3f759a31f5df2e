package import Configuration
import Crypto
import LinuxIO

/// `turnstone check`: the verdict on every line, and on the files that the lines name.
package enum ConfigurationCheck {
    /// Reads the file as `serve` would, opens nothing and changes nothing.
    ///
    /// - Throws: why the file itself cannot be read.
    package static func report(on path: String) throws(ConfigurationUnreadable) -> Report {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try File.read(path, max: Configuration.Bounds.fileBytes)
        } catch {
            throw ConfigurationUnreadable(reason: error.errno.text)
        }
        return self.report(on: bytes, path: path)
    }

    /// The same for what a file at `path` would hold.
    package static func report(on bytes: [UInt8], path: String) -> Report {
        let (configuration, parsed) = Configuration.parse(bytes, file: path)
        var report = parsed
        guard let configuration else { return report }
        let folder = ConfigurationFile.folder(of: path)
        for problem in tokenKeyProblems(configuration.calls.tokens, in: folder) {
            report.add(problem, to: nil)
        }
        let streams = configuration.streams
        if configuration.metrics.isServed, configuration.metrics.certificate != nil {
            var own = streams
            own.certificates = configuration.metrics.certificates
            for problem in certificateProblems(own, in: folder) { report.add(problem, to: nil) }
        }
        guard streams.tls || streams.dtls else { return report }
        if let problem = CipherList.problem(streams.ciphers) {
            report.add(problem, to: "cipher-list")
        }
        for problem in certificateProblems(streams, in: folder) { report.add(problem, to: nil) }
        return report
    }

    /// Tries each key of tokens as a start would.
    static func tokenKeyProblems(
        _ tokens: ServerConfiguration.Tokens, in folder: String
    ) -> [Problem] {
        tokens.keys.compactMap { key in
            do throws(TokenKeyFile.Failure) {
                guard var warning = try TokenKeyFile.load(key, in: folder).warning else {
                    return nil
                }
                warning.message = "\(key.source): \(warning.message)"
                return warning
            } catch {
                guard error.isForbidden else {
                    return Problem(
                        .error, "token-key-unusable", "\(key.source): \(error.message).",
                        "The server does not start without it.")
                }
                return Problem(
                    .note, "token-key-not-checked",
                    "\(key.source): the file is not for user \(userName), so it was not checked.",
                    "Run the check as root, or as the server's user.")
            }
        }
    }

    /// Tries each pair as a start would, and says which names are served.
    static func certificateProblems(
        _ streams: ServerConfiguration.Streams, in folder: String
    ) -> [Problem] {
        var problems: [Problem] = []
        var readable = streams
        // Judged by itself; it would only spoil every pair.
        readable.ciphers = nil
        readable.certificates = streams.certificates.map { $0.resolved(in: folder) }
            .filter { files in
                let closed = [files.certificate, files.privateKey].first(where: isForbidden)
                guard let closed else { return true }
                problems.append(
                    Problem(
                        .note, "certificate-not-checked",
                        "\(files.source): \(closed) is not for user \(userName), so it was not"
                            + " checked.",
                        "Run the check as root, or as the server's user."))
                return false
            }
        var served = ServedTransports(ServerConfiguration())
        served.tls = true
        let keeper = CertificateKeeper(readable, served: served)
        return problems
            + keeper.read(at: Clock.now()).map { level, line in
                switch level {
                case .error: Problem(.warning, "certificate-unusable", line + ".")
                case .warning: Problem(.warning, "certificate-dates", line + ".")
                default: Problem(.note, "certificate-served", line + ".")
                }
            }
    }

    private static var userName: String {
        Accounts.name(ofUser: Process.user) ?? String(Process.user)
    }

    private static func isForbidden(_ path: String) -> Bool {
        do throws(SystemError) {
            _ = try File.read(path, max: 1)
            return false
        } catch {
            return error.errno == .accessDenied
        }
    }
}

/// The configuration file cannot be read.
package struct ConfigurationUnreadable: Error {
    /// The system's own words.
    package var reason: String
}

/// `cipher-list`, judged by the library that will use it.
enum CipherList {
    /// Nil when some suite is left of it.
    static func problem(_ list: String?) -> Problem? {
        guard let list else { return nil }
        do throws(TLSFailure) {
            // A client's rules need no certificate.
            _ = try TLSContext(
                TLSSettings(cipherList: list, trust: .anyone), transport: .stream, role: .client)
            return nil
        } catch {
            return Problem(
                .error, "invalid-value", "No cipher suite is left of the list.",
                "Accepted: OpenSSL's names, such as ECDHE+AESGCM:ECDHE+CHACHA20.")
        }
    }
}
