import Configuration
import LinuxIO
import Primitives
import TURN

/// Applies a changed file, or changed addresses of the machine, to the running daemon.
///
/// What a reload takes over: users, secrets, keys of applications, quotas, rates, peers,
/// lifetimes, switches. Listeners, relay addresses, ports, workers and what concerns TCP and TLS
/// stay as they were at the start; a change there is said. Certificates are read again, whatever
/// made them change.
struct Reloader: ~Copyable {
    private let file: ConfigurationFile
    private var mapping: SettingsMapping

    init(file: ConfigurationFile, mapping: SettingsMapping) {
        self.file = file
        self.mapping = mapping
    }

    /// Reads the file again. A file with errors changes nothing. Returns lines for the log.
    mutating func reload(_ desk: inout AdminDesk) -> [(LogLevel, String)] {
        do throws(StartFailure) {
            let reading = try file.read()
            let fixed = fixedDifferences(reading.configuration)
            mapping.configuration.credentials = reading.configuration.credentials
            mapping.configuration.limits = reading.configuration.limits
            mapping.configuration.web = reading.configuration.web
            mapping.configuration.peers = reading.configuration.peers
            mapping.configuration.stun = reading.configuration.stun
            mapping.configuration.streams.takeOver(reading.configuration.streams)
            desk.publicName = reading.configuration.web.publicName
            desk.lifetime = reading.configuration.web.credentialsLifetime
            mapping.configuration.calls.takeOver(reading.configuration.calls)
            guard desk.apply(mapping.settings) else {
                return [(.error, "reload: a worker did not answer; try again")]
            }
            return reading.warnings.map { (.warning, $0) } + fixed
                + [(.info, "reloaded \(file.path ?? "the command line")")]
        } catch {
            return [(.error, "reload refused, nothing was changed: \(error)")]
        }
    }

    private func fixedDifferences(_ new: ServerConfiguration) -> [(LogLevel, String)] {
        let old = mapping.configuration
        var lines: [(LogLevel, String)] = []
        if new.listening != old.listening || new.relay != old.relay {
            lines.append((.warning, "listening and relay addresses change only at a restart"))
        }
        var streams = new.streams
        // The start may have lowered it to what the system allows.
        streams.limits.connections = old.streams.limits.connections
        streams.takeOver(old.streams)
        if streams != old.streams {
            lines.append((.warning, "settings of TCP, TLS and DTLS change only at a restart"))
        }
        var calls = old.calls
        calls.takeOver(new.calls)
        if calls != new.calls {
            lines.append(
                (
                    .warning, "webhooks, and whether there are calls, change only at a restart"
                ))
        }
        if new.process != old.process || new.log != old.log {
            lines.append((.warning, "process and log settings change only at a restart"))
        }
        return lines
    }

    /// What is said of applications now.
    var web: ServerConfiguration.Web { mapping.configuration.web }

    /// What is said of calls now.
    var calls: ServerConfiguration.Calls { mapping.configuration.calls }

    /// Where streams are accepted.
    var ports: [UInt16] { mapping.plan.streams.map(\.address.port) }

    /// What is said of streams now.
    var streams: ServerConfiguration.Streams { mapping.configuration.streams }

    /// Own addresses are refused as peers, also those that the machine got just now.
    mutating func followAddresses(_ desk: inout AdminDesk) -> [(LogLevel, String)] {
        guard let machine = try? Machine.read(), machine.interfaces != mapping.machine.interfaces
        else { return [] }
        mapping.machine = machine
        _ = desk.apply(mapping.settings)
        return [(.info, "this machine's addresses changed: peers are judged again")]
    }
}

extension ServerConfiguration.Streams {
    /// Takes over what may change while the daemon runs.
    fileprivate mutating func takeOver(_ new: Self) {
        limits.connectionsPerPrefix = new.limits.connectionsPerPrefix
        limits.halfOpen = new.limits.halfOpen
        limits.halfOpenPerPrefix = new.limits.halfOpenPerPrefix
        certificates = new.certificates
        certificate = new.certificate
        privateKey = new.privateKey
        privateKeyPassword = new.privateKeyPassword
        ciphers = new.ciphers
        refusesTLS12 = new.refusesTLS12
    }
}

extension ServerConfiguration.Calls {
    /// Takes over what may change while the daemon runs. Without calls at the start there is
    /// nobody to take it over.
    fileprivate mutating func takeOver(_ new: Self) {
        guard isEnabled, new.isEnabled else { return }
        let old = hooks
        self = new
        hooks = old
    }
}
