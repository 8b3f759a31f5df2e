package import Configuration
import LinuxIO
package import Primitives
import TURN

/// What a start with a configuration would open on this machine, for whoever examines it: nothing
/// is opened, made or changed.
package struct Installation: Sendable {
    package struct Listener: Sendable, Hashable {
        package var address: TransportAddress
        /// `udp`, `tcp`, `tls` or `dtls`.
        package var transport: String
        /// Only a proxy may connect.
        package var isBehindProxy: Bool
    }

    package struct Relay: Sendable, Hashable {
        package var local: IPAddress
        package var advertised: IPAddress
    }

    /// What a start would make of it.
    package struct Plan: Sendable {
        package var listeners: [Listener]
        package var relays: [Relay]
        package var relayPorts: ClosedRange<UInt16>
        /// `external-ip` values that stand for no address that relays.
        package var unusedExternal: [String]
        /// Descriptors when every relay port and connection is in use.
        package var openFiles: Int
    }

    package let file: String
    package let report: Report
    /// Nil where the file has errors.
    package let configuration: ServerConfiguration?
    /// Nil where the daemon would not start, for the reason beside it.
    package let plan: Plan?
    package let refusal: String?

    /// Reads the file, or the first of the usual places that is there.
    ///
    /// - Throws: why there is nothing to read.
    package init(file: String?) throws(ConfigurationUnreadable) {
        let found = file ?? Self.usualPlace
        guard let found else {
            throw ConfigurationUnreadable(
                reason: "there is no file at "
                    + Configuration.searchPaths.filter { $0.hasPrefix("/") }.joined(separator: ", ")
            )
        }
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try File.read(found, max: Configuration.Bounds.fileBytes)
        } catch {
            throw ConfigurationUnreadable(reason: "\(found): \(error.errno.text)")
        }
        self.file = found
        report = ConfigurationCheck.report(on: bytes, path: found)
        var configuration = Configuration.parse(bytes, file: found).0
        let folder = ConfigurationFile.folder(of: found)
        if let certificates = configuration?.streams.certificates {
            configuration?.streams.certificates = certificates.map { $0.resolved(in: folder) }
        }
        self.configuration = configuration
        (plan, refusal) = configuration.map(Self.plan) ?? (nil, nil)
    }

    private static var usualPlace: String? {
        Configuration.searchPaths.first { path in
            ((try? File.status(path)) ?? nil)?.isRegular == true
        }
    }

    private static func plan(_ configuration: ServerConfiguration) -> (Plan?, String?) {
        do throws(StartFailure) {
            let machine = try attempt("this machine's addresses") { () throws(SystemError) in
                try Machine.read()
            }
            let plan = try StartPlan(configuration, on: machine)
            return (Plan(plan, configuration), nil)
        } catch {
            return (nil, error.description)
        }
    }
}

extension Installation.Plan {
    init(_ plan: StartPlan, _ configuration: ServerConfiguration) {
        let proxied = Set(plan.streams.filter(\.expectsProxyHeader).map(\.address))
        listeners = plan.servedListeners.map { listener in
            let isStream = listener.transport == .tcp || listener.transport == .tls
            return Installation.Listener(
                address: listener.address, transport: "\(listener.transport)",
                isBehindProxy: isStream && proxied.contains(listener.address))
        }
        relays = plan.relays.map {
            Installation.Relay(local: $0.local, advertised: $0.advertised)
        }
        let ports = configuration.relay
        relayPorts = min(ports.minPort, ports.maxPort)...ports.maxPort
        unusedExternal = configuration.relay.external.filter { !plan.relays.contains($0) }.map {
            external in
            external.privateAddress.map { "\(external.publicAddress)/\($0)" }
                ?? "\(external.publicAddress)"
        }
        openFiles = OpenFiles(configuration, plan).wanted
    }
}
