// ProbeIO: the sockets, TLS sessions, names and clock for the probes that `Probe` describes. One
// thread and one epoll; nothing here knows what a server should answer.
import Crypto
import LinuxIO
import Primitives
package import Probe

/// Tries a host and says what was found.
package enum ProbeRunner {
    /// Who may vouch for the server beside, or instead of, the system's authorities.
    package enum Authorities: Sendable {
        case system
        /// The certificates of a PEM text; its file's name is for people.
        case named(pem: [UInt8], file: String)
    }

    /// Blocks until everything was tried: at most `settings.timeout` for the name and for each
    /// address of it.
    package static func run(
        _ settings: ProbeSettings, authorities: Authorities = .system
    ) throws(ProbeImpossible) -> ProbeReport {
        var report = ProbeReport(settings: settings)
        let contexts = try ProbeContexts(settings, authorities)
        let began = Clock.monotonic()
        let lookup =
            settings.addresses.map { .success($0) }
            ?? NameLookup.addresses(of: settings.host, timeout: settings.timeout)
        report.nameNanoseconds = Clock.monotonic().nanoseconds(since: began)
        switch lookup {
        case .failure(let reason): report.nameFailure = reason.description
        case .success(let found):
            let wanted = found.filter { settings.family == nil || $0.family == settings.family }
            report.addresses = Array(wanted.prefix(ProbeSettings.addressesMax))
            report.addressesLeftOut = wanted.count - report.addresses.count
            if wanted.isEmpty { report.nameFailure = "it has no address of that family" }
        }
        for address in report.addresses {
            do throws(SystemError) {
                let run = try AddressRun(settings, address, contexts)
                report.paths += run.run()
            } catch {
                throw ProbeImpossible(description: "\(error)")
            }
        }
        return report
    }
}

/// This machine cannot probe anything; the reason is for people.
package struct ProbeImpossible: Error, CustomStringConvertible {
    package let description: String
}

/// What TLS and DTLS sessions begin with; nil where no transport needs it.
struct ProbeContexts {
    private(set) var stream: TLSContext?
    private(set) var datagram: TLSContext?

    init(
        _ settings: ProbeSettings, _ authorities: ProbeRunner.Authorities
    ) throws(ProbeImpossible) {
        let trust: TLSTrust =
            switch authorities {
            case .system: .system
            case .named(let pem, let file): .authorities(pem: pem, file: file)
            }
        do throws(TLSFailure) {
            if settings.transports.contains(.tls) {
                // RFC 7443 §6; browsers offer nothing, and servers must take that as well.
                let wanted = TLSSettings(
                    protocols: ["stun.turn"], trust: trust, isTrustDemanded: false)
                stream = try TLSContext(wanted, transport: .stream, role: .client)
            }
            if settings.transports.contains(.dtls) {
                let wanted = TLSSettings(trust: trust, isTrustDemanded: false)
                datagram = try TLSContext(wanted, transport: .datagram, role: .client)
            }
        } catch {
            throw ProbeImpossible(description: "\(error)")
        }
    }
}
