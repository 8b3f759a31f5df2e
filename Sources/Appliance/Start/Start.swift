import Admin
import Configuration
import Crypto
import Forwarding
import LinuxIO
import Primitives
import Reception
import TURN

/// One start of the daemon, in the order that matters: read everything, open what needs root,
/// give up root, then start threads.
struct Start: ~Copyable {
    private let file: ConfigurationFile
    private var mapping: SettingsMapping
    private let lines: [Report.Line]
    private var warnings: [String]
    private let log: LogWriter
    private var sockets: [[UDPHandle]]
    private var streamSockets: [TCPListener]
    private var clients: AdminClients?
    private var ownedFiles: [OwnedFile]
    private let certificates: CertificateKeeper
    private let monitor: MetricsPort

    init(_ file: ConfigurationFile) throws(StartFailure) {
        let reading = try file.read()
        let machine = try attempt("this machine's addresses") { () throws(SystemError) in
            try Machine.read()
        }
        let plan = try StartPlan(reading.configuration, on: machine)
        if let problem = CipherList.problem(reading.configuration.streams.ciphers) {
            throw StartFailure(
                "cipher-list: \(problem.message) \(problem.advice)", code: .notAccepted)
        }
        let monitor = try attempt("epoll") { () throws(SystemError) in try MetricsPort() }
        let opened = try LogSink.open(reading.configuration.log)
        log = LogWriter(
            limit: LogLevel(reading.configuration.log.level), reading.configuration.log,
            opened.sink)
        self.monitor = monitor
        self.file = file
        // Bounded by what the system grants once that is known.
        mapping = SettingsMapping(
            configuration: reading.configuration, machine: machine, plan: plan,
            relaySocketsMax: 0, peerConnectionsMax: 0)
        lines = reading.lines
        warnings = reading.warnings + plan.warnings + [opened.warning].compactMap(\.self)
        ownedFiles = reading.madeFiles.map { OwnedFile(path: $0) }
        certificates = CertificateKeeper(reading.configuration.streams, served: plan.served)
        sockets = []
        streamSockets = []
        clients = nil
    }

    private var configuration: ServerConfiguration { mapping.configuration }
    private var plan: StartPlan { mapping.plan }

    /// Opens sockets, the admin socket and the pid file, then leaves root.
    mutating func open() throws(StartFailure) {
        log.write(.info, "Turnstone \(TurnstoneVersion.current), process \(Process.id)")
        log.write(.info, "configuration: \(file.path ?? "command line only")")
        raiseOpenFiles()
        sockets = try ListenerSockets.open(
            plan.udp, workers: plan.workers, options: mapping.listenerOptions)
        streamSockets = try ListenerSockets.open(
            plan.streams, device: configuration.listening.device)
        clients = openAdminSocket()
        if let path = configuration.process.pidFile { writePidFile(path) }
        if let path = configuration.log.file, (try? File.status(path))??.isRegular == true {
            // Whoever turns it over: the new one is opened without root's rights.
            ownedFiles.append(OwnedFile(path: path))
        }
        if configuration.calls.isEnabled { makeStateFolder() }
        for (level, line) in certificates.open(at: Clock.now()) { log.write(level, line) }
        let preparation = try monitor.prepare(configuration.metrics)
        let metrics = monitor.apply(preparation, configuration.streams, at: Clock.now())
        for (level, line) in metrics { log.write(level, line) }
        let device = configuration.relay.device ?? configuration.listening.device
        let lines = try ProcessLimits.dropPrivileges(
            configuration.process, bindsDevices: device != nil, owning: ownedFiles,
            sharing: monitor.sockets, reading: certificates.files + monitor.files)
        for line in lines { log.write(.info, line) }
    }

    /// Starts the workers and returns the loop that runs the rest.
    consuming func launch(
        _ signals: consuming SignalQueue, _ service: any WebService
    ) throws(StartFailure) -> ControlLoop {
        let settings = mapping.settings
        let events = EventQueue()
        let wakeup = try attempt("eventfd") { () throws(SystemError) in try SharedWakeup() }
        let shared = mapping.sharedState(settings)
        let ledger = ConnectionLedger(configuration.streams.limits.ledger)
        let queue = HandshakeQueue()
        let secure = SecureParts(
            contexts: certificates.contexts, cookies: DTLSCookies(), ledger: ledger,
            handshakes: queue)
        let map = RelayMap(addresses: plan.relays.map { ($0.local, $0.advertised) })
        let parts = try makeParts(settings, shared, map, secure, events, wakeup)
        let routes = parts.map { WorkerRoute(mailbox: $0.mailbox, wakeup: $0.wakeup) }
        let handshakes = DTLSHandshakes(
            queue, routes: routes, patience: configuration.streams.limits.handshakeTimeout,
            wakeup: wakeup, at: Clock.monotonic())
        announce(settings)
        let crew = try attempt("threads") { () throws(SystemError) in try Crew(parts) }
        let door = try makeDoor(routes, ledger, service)
        var desk = AdminDesk(
            crew: crew, shared: shared, relayMap: map, mapping: mapping, warnings: warnings,
            door: door, handshakes: handshakes, certificates: certificates)
        desk.publicName = configuration.web.publicName
        desk.lifetime = configuration.web.credentialsLifetime
        let applications = service as? ApplicationService
        let folder = configuration.process.stateDirectory.map { CallsFolder(path: $0) }
        if let applications {
            try openSignaling(applications, desk.issuer, folder, wakeup)
        }
        let bySlot = plan.udp.indices.map { slot in (slot, sockets.map { $0[slot] }) }
        let reloader = Reloader(
            file: file, mapping: mapping, lines: lines,
            sockets: Dictionary(uniqueKeysWithValues: bySlot))
        let room = ControlRoom(
            desk: desk, reloader: reloader, log: log, door: door, handshakes: handshakes,
            certificates: certificates, monitor: monitor, applications: applications, wakeup: wakeup
        )
        do throws(SystemError) {
            return try ControlLoop(
                signals: signals, clients: clients, events: events, wakeup: wakeup, room: room,
                folder: folder)
        } catch {
            throw StartFailure("control thread: \(error)")
        }
    }

    /// Takes callers where the configuration has calls, and goes on where the last run stopped.
    private func openSignaling(
        _ applications: ApplicationService, _ desk: RelayAccessDesk, _ folder: CallsFolder?,
        _ wakeup: SharedWakeup
    ) throws(StartFailure) {
        guard configuration.calls.isEnabled else { return }
        let now = Clock.now()
        let setup = CallsSetup(
            configuration: configuration.calls, web: configuration.web, desk: desk,
            ports: plan.streams.map(\.address.port))
        let hooks = try makeHooks(wakeup)
        let (signaling, problems) = setup.makeDesk(folder, hooks: hooks, at: now)
        let restored = folder?.restore(into: signaling.switchboard, at: now) ?? []
        for (level, line) in problems + restored { log.write(level, line) }
        if folder == nil {
            log.write(.info, "calls do not outlive this process: there is no state-dir")
        }
        applications.open(signaling)
    }

    /// Nil where the application has no server that wants to know.
    private func makeHooks(_ wakeup: SharedWakeup) throws(StartFailure) -> HookSender? {
        guard let settings = HookSettings(configuration.calls.hooks) else { return nil }
        do throws(HookFailure) {
            return try HookSender(settings: settings, wakeup: wakeup)
        } catch {
            throw StartFailure("webhooks: \(error)", code: .notAccepted)
        }
    }

    /// Also without a port of its own the door speaks for the ledger, whose bounds hold for DTLS,
    /// and a reload may open ports.
    private func makeDoor(
        _ routes: [WorkerRoute], _ ledger: ConnectionLedger, _ service: any WebService
    ) throws(StartFailure) -> Door {
        let streams = StreamListeners(
            sockets: streamSockets, endpoints: plan.streams, served: plan.served,
            settings: configuration.streams)
        let tools = DoorTools(
            streams, contexts: certificates.contexts, ledger: ledger, service: service)
        return try attempt("door") { () throws(SystemError) in
            try Door(streams, tools, routes: routes, at: Clock.monotonic())
        }
    }

    private mutating func raiseOpenFiles() {
        if let warning = mapping.shareOpenFiles(isRunning: false) { warnings.append(warning) }
    }

    private func makeParts(
        _ settings: ServerSettings, _ shared: SharedState, _ map: RelayMap,
        _ secure: SecureParts, _ events: EventQueue, _ control: SharedWakeup
    ) throws(StartFailure) -> [WorkerParts] {
        let count = plan.workers
        var wakeups: [SharedWakeup] = []
        for _ in 0..<count {
            wakeups.append(
                try attempt("eventfd") { () throws(SystemError) in try SharedWakeup() })
        }
        // rings[from][to]
        let rings = (0..<count).map { _ in (0..<count).map { _ in HandoverRing() } }
        let mailboxes = (0..<count).map { _ in Mailbox() }
        return (0..<count).map { number in
            WorkerParts(
                number: number, settings: settings, hash: OpenSSLHash(), shared: shared,
                relayMap: map, sockets: sockets[number], relayOptions: mapping.relayOptions,
                reachesLoopback: configuration.peers.allowsLoopback, outgoing: rings[number],
                incoming: rings.indices.map { rings[$0][number] }, wakeups: wakeups,
                mailboxes: mailboxes, streams: mapping.streamSettings, secure: secure,
                events: events, controlWakeup: control)
        }
    }

    /// Nil, with a warning, when it cannot be opened: the relay works without it.
    private mutating func openAdminSocket() -> AdminClients? {
        let path = configuration.process.adminSocket
        guard !path.isEmpty else { return nil }
        do throws(SystemError) {
            try makeDirectory(of: path)
            let group = try configuration.process.adminGroup.map { name throws(SystemError) in
                try Accounts.group(named: name)
            }
            let access = AdminAccess(group: group ?? nil)
            let listener = try UnixListener(path: path, mode: access.fileMode)
            if let group = access.group {
                try File.changeOwner(path, user: Process.user, group: group)
            }
            ownedFiles.append(OwnedFile(path: path, group: access.group))
            return AdminClients(listener: listener, access: access)
        } catch {
            warnings.append("admin-socket: \(path) cannot be opened: \(error)")
            return nil
        }
    }

    /// `/run/turnstone` is gone after a reboot; a service manager makes it, a shell does not.
    private func makeDirectory(of path: String) throws(SystemError) {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
        try File.makeDirectory(String(path[..<slash]), mode: 0o755)
    }

    /// Made while there is the right to; one that exists keeps its owner.
    private mutating func makeStateFolder() {
        guard let path = configuration.process.stateDirectory else { return }
        do throws(SystemError) {
            guard try File.status(path) == nil else { return }
            try File.makeDirectory(path, mode: 0o700)
            ownedFiles.append(OwnedFile(path: path))
        } catch {
            warnings.append("state-dir: \(path) cannot be made: \(error)")
        }
    }

    private mutating func writePidFile(_ path: String) {
        do throws(SystemError) {
            try File.writeAtomically(path, Array("\(Process.id)\n".utf8), mode: 0o644)
        } catch {
            warnings.append("pidfile: \(path) cannot be written: \(error)")
        }
    }

    /// What an operator wants to see first.
    private func announce(_ settings: ServerSettings) {
        for warning in warnings { log.write(.warning, warning) }
        for line in plan.announcement { log.write(.info, line) }
        let ports = "\(configuration.relay.minPort)-\(configuration.relay.maxPort)"
        for relay in plan.relays {
            let public_ = relay.local == relay.advertised ? "" : ", told as \(relay.advertised)"
            log.write(.info, "relaying from \(relay.local)\(public_), ports \(ports)")
        }
        for line in settings.peerPolicy.openings { log.write(.warning, line) }
        log.write(.info, "\(plan.workers) workers, realm \(settings.realm)")
    }
}
