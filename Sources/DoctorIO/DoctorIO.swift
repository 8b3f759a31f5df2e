// DoctorIO: brings the facts that `Doctor` judges. It reads the configuration as a start would,
// asks the daemon, tries its listeners, reads /proc and /sys, and runs the firewall's own tools to
// see their rules. It changes nothing, and sends packets to this server's addresses alone, unless
// it was told to ask a name or a time server.
package import Admin
import Appliance
import Configuration
package import Doctor
import LinuxIO
import Primitives
import Probe
package import ProbeIO

/// What is to be examined.
package struct DoctorSettings: Sendable {
    /// The configuration; nil: the usual place.
    package var file: String?
    /// The name clients use; nil: what the configuration says.
    package var host: String?
    /// Where the daemon answers; nil: what the configuration says.
    package var socket: String?
    package var skipped: Set<DoctorCheck> = []
    /// A time server to compare clocks with; nil: none is asked.
    package var timeServer: String?
    package var authorities = ProbeRunner.Authorities.system

    package init() {}
}

/// Nothing can be examined; the reason is for people.
package struct DoctorImpossible: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
}

/// One examination of this machine.
package struct DoctorRun {
    /// Asks the daemon and returns its JSON, or why there is none.
    package typealias Ask = (DaemonQuestion) -> CommandOutput

    let settings: DoctorSettings
    let installation: Installation
    let ask: Ask
    private var facts: DoctorFacts

    package static func report(
        _ settings: DoctorSettings, ask: @escaping Ask
    ) throws(DoctorImpossible) -> DoctorReport {
        do throws(ConfigurationUnreadable) {
            let installation = try Installation(file: settings.file)
            var run = DoctorRun(settings, installation, ask)
            return run.examine()
        } catch {
            let advice = Process.user == 0 ? "" : "; run this as root"
            throw DoctorImpossible(
                description: "the configuration cannot be read: \(error.reason)\(advice)")
        }
    }

    private init(_ settings: DoctorSettings, _ installation: Installation, _ ask: @escaping Ask) {
        self.settings = settings
        self.installation = installation
        self.ask = ask
        facts = DoctorFacts(file: installation.file)
        facts.skipped = settings.skipped
        facts.unixSeconds = Clock.now().unixSeconds
        facts.isRoot = Process.user == 0
        facts.host = settings.host ?? installation.configuration?.web.publicName
    }

    /// For one name, one answer.
    static let patience = Seconds(5)

    private func wants(_ check: DoctorCheck) -> Bool { !settings.skipped.contains(check) }

    private mutating func examine() -> DoctorReport {
        facts.problems = installation.problems
        facts.service = installation.service
        readMachine()
        let daemon = DaemonReader(
            socket: settings.socket, configured: ConfiguredSocket.path(in: installation.report),
            ask: ask)
        facts.daemon = daemon.state()
        guard let plan = installation.plan, let configuration = installation.configuration else {
            return DoctorReport(facts)
        }
        facts.holders =
            wants(.ports) ? PortReader.holders(plan.listeners, except: facts.daemon) : []
        if wants(.limits) {
            facts.limits = LimitReader.files(facts.daemon.processID, wanted: plan.openFiles)
        }
        if wants(.kernel) {
            facts.kernel = KernelReader.read(
                relayPorts: plan.relayPorts, buffer: configuration.relay.socketBufferBytes,
                daemon: facts.daemon)
        }
        if wants(.certificates) {
            let trial = CertificateTrial(settings.authorities, host: facts.host)
            facts.certificates = configuration.streams.certificates.map(trial.fact)
        }
        if let host = settings.host {
            switch NameLookup.addresses(of: host, timeout: Self.patience) {
            case .success(let found): facts.hostAddresses = found
            case .failure(let reason): facts.hostFailure = reason.description
            }
        }
        if wants(.listeners) || wants(.relay) { tryListeners(daemon, plan, configuration) }
        return DoctorReport(facts)
    }

    /// What does not hang on the configuration.
    private mutating func readMachine() {
        let interfaces = (try? NetworkInterface.all()) ?? []
        facts.interfaces = interfaces.map { InterfaceFact(name: $0.name, address: $0.address) }
        if wants(.firewall) { facts.firewall = FirewallReader.read() }
        if wants(.container) { facts.container = ContainerReader.read(interfaces) }
        guard wants(.clock) else { return }
        do throws(SystemError) {
            let state = try Clock.keeping()
            facts.clock = .found(
                ClockFact(
                    isSynchronised: state.isKept, errorMaxMicroseconds: state.errorMicroseconds))
        } catch {
            facts.clock = .closed("\(error)")
        }
        facts.hasTimeService = TimeReader.isServiceInstalled
        facts.time = settings.timeServer.map(TimeReader.read)
    }

    private mutating func tryListeners(
        _ daemon: DaemonReader, _ plan: Installation.Plan, _ configuration: ServerConfiguration
    ) {
        if case .found(.silent) = facts.daemon {
            facts.probes = .closed("the daemon does not run")
            return
        }
        if configuration.stun.noSTUN {
            facts.probes = .closed("no-stun is set: listeners do not answer who only asks")
            return
        }
        let minted = wants(.relay) ? daemon.credentials(configuration) : nil
        let prober = ListenerProber(
            plan: plan, host: facts.host, credentials: minted?.credentials ?? .none,
            authorities: settings.authorities, unixSeconds: facts.unixSeconds)
        facts.credentialSource = minted?.source
        facts.probes = prober.run()
        guard wants(.addresses) else { return }
        facts.outsideProbes = prober.outside(own: facts.interfaces.map(\.address))
    }
}

extension Look<DaemonState> {
    var processID: Int32? {
        if case .found(.answers(let daemon)) = self { daemon.processID } else { nil }
    }
}
