import Admin
import LinuxIO
import Primitives
import Probe
import ProbeIO

/// `turnstone probe HOST`: a server as its clients see it.
enum ProbeCommand {
    /// Why nothing was tried; the text is for people.
    private struct Refusal: Error {
        let text: String
    }

    static func run(_ order: ProbeOrder) -> Int32 {
        do throws(Refusal) {
            let settings = try settings(order)
            let authorities = try authorities(order)
            let report: ProbeReport
            do throws(ProbeImpossible) {
                report = try ProbeRunner.run(settings, authorities: authorities)
            } catch {
                throw Refusal(text: error.description)
            }
            let text = order.json ? report.json : report.text
            StandardStream.output.write(text)
            return report.exitCode
        } catch {
            StandardStream.error.write("turnstone: \(error.text)\n")
            return ExitCode.notAccepted.rawValue
        }
    }

    private static func settings(_ order: ProbeOrder) throws(Refusal) -> ProbeSettings {
        var settings = ProbeSettings(host: order.host)
        settings.port = order.port ?? settings.port
        settings.securePort = order.tlsPort ?? settings.securePort
        if let names = order.transports {
            settings.transports = names.compactMap { ProbeTransport(rawValue: $0) }
            settings.areTransportsChosen = true
        }
        settings.family = order.family.map { $0 == 4 ? .ipv4 : .ipv6 }
        settings.credentials = try credentials(order)
        settings.realm = order.realm
        settings.timeout = order.timeoutSeconds.map { Seconds($0) } ?? settings.timeout
        settings.unixSeconds = Clock.now().unixSeconds
        return settings
    }

    private static func credentials(_ order: ProbeOrder) throws(Refusal) -> ProbeCredentials {
        let filePassword = try line(of: order.passwordFile)
        let password = order.password ?? filePassword
        let fileSecret = try line(of: order.secretFile)
        let secret = order.secret ?? fileSecret
        if let user = order.user, let password { return .user(name: user, password: password) }
        if let secret { return .secret(secret, user: order.user) }
        if let user = order.user, let password = Process.environment(ProbeOrder.passwordVariable) {
            return .user(name: user, password: password)
        }
        if let secret = Process.environment(ProbeOrder.secretVariable) {
            return .secret(secret, user: order.user)
        }
        guard order.user == nil else {
            throw Refusal(
                text: "--user needs a password: --password-file, --password, or the variable "
                    + "\(ProbeOrder.passwordVariable); or a secret")
        }
        return .none
    }

    /// The first line of a file, without the blanks around it.
    private static func line(of file: String?) throws(Refusal) -> String? {
        guard let file else { return nil }
        let text = try read(file, max: 4_096)
        let line =
            String(decoding: text, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).first ?? ""
        let content = line.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()
        guard !content.isEmpty else { throw Refusal(text: "\(file.printable) begins with no word") }
        return String(content)
    }

    private static func authorities(
        _ order: ProbeOrder
    ) throws(Refusal) -> ProbeRunner.Authorities {
        guard let file = order.authoritiesFile else { return .system }
        return .named(pem: try read(file, max: 1 << 20), file: file)
    }

    private static func read(_ file: String, max: Int) throws(Refusal) -> [UInt8] {
        do throws(SystemError) {
            return try File.read(file, max: max)
        } catch {
            throw Refusal(text: "cannot read \(file.printable): \(error.errno.text)")
        }
    }
}
