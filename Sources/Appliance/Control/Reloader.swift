import Admin
import Configuration
import Crypto
import LinuxIO
import Primitives
import TURN

/// Applies a changed file, or changed addresses of the machine, to the running daemon.
///
/// What a reload does not take over stands in `ReloadCost.waiting`; a change there is said.
/// Certificates are read again, whatever made them change.
struct Reloader: ~Copyable {
    private let file: ConfigurationFile
    private var mapping: SettingsMapping
    /// What the last plan wanted more open files for than the system grants; nil: all fit.
    private(set) var openFilesWarning: String?
    /// The lines in force.
    private var lines: [Report.Line]
    /// For each open UDP slot the sockets of all workers, to be closed once these have let go.
    private var sockets: [Int: [UDPHandle]]
    /// The last plan, until every worker has taken it over.
    private(set) var departure: Departure?
    /// When addresses of before are looked at again.
    private(set) var looksAgain = MonotonicTime.never

    /// `sockets`: by slot, then by worker.
    init(
        file: ConfigurationFile, mapping: SettingsMapping, lines: [Report.Line],
        sockets: [Int: [UDPHandle]]
    ) {
        self.file = file
        self.mapping = mapping
        self.lines = lines
        self.sockets = sockets
    }

    /// A file that has been read, and what it would change.
    struct Plan: Sendable {
        fileprivate let reading: ConfigurationFile.Reading
        fileprivate let next: SettingsMapping
        fileprivate let listeners: ListenerChange
        let changes: [ReloadReply.Change]
        var warnings: [String] { reading.warnings + next.plan.warnings }
        var log: ServerConfiguration.LogSettings { reading.configuration.log }
        var metrics: ServerConfiguration.Metrics { reading.configuration.metrics }

        /// Opens every new socket.
        ///
        /// - Throws: why one cannot be opened; then none is.
        func open() throws(StartFailure) -> NewListeners { try NewListeners(listeners, next) }
    }

    /// Reads the file again and changes nothing. Throws every error of the file, and why what it
    /// says cannot be served on this machine.
    func plan(_ desk: borrowing AdminDesk) throws(StartFailure) -> Plan {
        let reading = try file.read(makesFiles: false)
        let machine = try attempt("this machine's addresses") { () throws(SystemError) in
            try Machine.read()
        }
        let (next, listeners) = try mapping.following(reading.configuration, on: machine)
        guard desk.hasRoom(for: next.plan.relays) else {
            throw StartFailure("too many relay addresses have come and gone: restart the daemon")
        }
        try judgeStreams(from: mapping.configuration, to: next.configuration)
        try Self.judgeHooks(from: mapping.configuration, to: next.configuration)
        var changes = ReloadCost.changes(from: lines, to: reading.lines)
        let accounts = (try? desk.accounts()) ?? [:]
        ReloadCost.name(
            &changes, from: mapping.configuration, to: next.configuration,
            allocations: accounts.mapValues(\.allocations))
        ReloadCost.nameSockets(
            &changes, listeners, from: mapping.plan, to: next.plan,
            allocations: desk.allocationsByListener() ?? [:])
        return Plan(reading: reading, next: next, listeners: listeners, changes: changes)
    }

    /// Ciphers and certificates are tried before anything changes. A file that is as it was named
    /// before may well be wrong for a while: its old content stays in service.
    private func judgeStreams(
        from old: ServerConfiguration, to new: ServerConfiguration
    ) throws(StartFailure) {
        var errors: [String] = []
        if old.streams.ciphers != new.streams.ciphers,
            let problem = CipherList.problem(new.streams.ciphers)
        {
            errors.append("cipher-list: \(problem.message) \(problem.advice)")
        }
        var added = new.streams
        added.certificates += new.metrics.certificates.filter {
            !added.certificates.contains($0)
        }
        let known = old.streams.certificates + old.metrics.certificates
        added.certificates.removeAll(where: known.contains)
        errors += ConfigurationCheck.certificateProblems(added, in: file.folder)
            .filter { $0.code == "certificate-unusable" }.map(\.message)
        guard errors.isEmpty else {
            throw StartFailure(errors.joined(separator: "\n"), code: .notAccepted)
        }
    }

    /// What is wrong with addresses or files of hooks is known before anything changes.
    private static func judgeHooks(
        from old: ServerConfiguration, to new: ServerConfiguration
    ) throws(StartFailure) {
        guard old.calls.hooks != new.calls.hooks, let settings = HookSettings(new.calls.hooks)
        else { return }
        do throws(HookFailure) {
            _ = try HookAims(settings)
        } catch {
            throw StartFailure("webhooks: \(error)", code: .notAccepted)
        }
    }

    /// Takes a plan over, and with it the sockets that it opened; `conclude` says when it is done.
    /// Returns the stream endpoints that nobody can watch.
    mutating func carryOut(
        _ plan: Plan, _ opened: NewListeners, _ desk: inout AdminDesk, _ door: Door,
        _ handshakes: DTLSHandshakes, _ takeover: Takeover
    ) -> [StreamEndpoint] {
        let old = mapping
        let change = plan.listeners
        mapping = plan.next
        openFilesWarning = mapping.shareOpenFiles(isRunning: true)
        desk.publicName = mapping.configuration.web.publicName
        desk.lifetime = mapping.configuration.web.credentialsLifetime
        lines = ReloadCost.inForce(lines, plan.reading.lines, plan.changes)
        desk.prepare(mapping)
        mapping.follow(change, from: old, desk.portLedger, isPublished: desk.isPublished)
        let added = zip(change.openedUDP, opened.udp).map {
            WorkerChange.Opened(slot: $0.slot, sockets: $1)
        }
        let closed = change.closedUDP.map(\.slot)
        desk.give(mapping.workerChange(opened: added, closed: closed), of: mapping, takeover)
        let gone = Set(closed.flatMap { sockets.removeValue(forKey: $0) ?? [] })
        departure = Departure(
            takeover: takeover, sockets: gone, addresses: change.closedUDP.map(\.place))
        for item in added { sockets[item.slot] = item.sockets }
        handshakes.patience = streams.limits.handshakeTimeout
        door.apply(streams, served: served)
        looksAgain = mapping.formerRelays.isEmpty ? .never : Clock.monotonic() + Self.lookInterval
        return door.follow(change, opened.streams, at: Clock.now())
    }

    /// Whether every worker has taken over the last plan and let go of what it closed, which is
    /// closed then. Returns the addresses whose sockets somebody cannot watch; nil: not yet.
    mutating func conclude(
        waiting milliseconds: Int32, _ handshakes: DTLSHandshakes
    ) -> [TransportAddress]? {
        guard let departure else { return [] }
        let unwatched = departure.conclude(waiting: milliseconds) { handshakes.forget($0) }
        guard let unwatched else { return nil }
        self.departure = nil
        return unwatched.map { mapping.slots.udp[$0].place }
    }

    /// Forgets relay addresses of before that are out of use, once in a while.
    mutating func tick(_ desk: inout AdminDesk, at now: MonotonicTime) {
        guard looksAgain <= now else { return }
        looksAgain = now + Self.lookInterval
        // Before all are told, somebody may still make an allocation there.
        guard departure == nil,
            mapping.forgetRelays(desk.portLedger, isPublished: desk.isPublished)
        else { return }
        _ = desk.apply(mapping)
        if mapping.formerRelays.isEmpty { looksAgain = .never }
    }

    /// Allocations live for minutes.
    private static let lookInterval = Seconds(60)

    /// What the log says of a plan that was carried out.
    func text(of plan: Plan) -> [(LogLevel, String)] {
        let changes = plan.changes.map { change in
            let removed = change.removed.map { "-\($0)" }
            let values = (removed + change.added.map { "+\($0)" }).joined(separator: " ")
            let note = change.note.map { ": " + $0 } ?? ""
            let level: LogLevel = change.cost == .restart ? .warning : .info
            return (level, "reload: \(change.key) \(values) (\(change.cost.rawValue)\(note))")
        }
        return plan.warnings.map { (.warning, $0) } + changes
            + [(.info, "reloaded \(file.path ?? "the command line")")]
    }

    /// The name of what is read.
    var name: String { file.path ?? "the command line" }

    /// The configuration in force.
    func show(withDefaults: Bool) -> ConfigurationReply {
        var settings: [ConfigurationReply.Setting] = []
        for key in KeyTable.keys {
            var found = lines.filter { $0.key == key.name && $0.verdict != .invalid }
            // Of a key that does not add up the last one counts.
            if !key.isRepeatable { found = Array(found.suffix(1)) }
            settings += found.map { .init(key: $0.key, value: $0.value, line: $0.number) }
            if found.isEmpty, withDefaults, !key.standard.isEmpty, key.verdict == .honoured {
                settings.append(.init(key: key.name, value: key.standard, line: nil))
            }
        }
        return ConfigurationReply(file: file.path, settings: settings)
    }

    /// Takes new allocations, or none.
    mutating func accept(_ isAccepting: Bool, _ desk: inout AdminDesk) -> Bool {
        mapping.isAccepting = isAccepting
        return desk.apply(mapping)
    }

    var isAccepting: Bool { mapping.isAccepting }

    /// How much is logged by the file.
    var logLevel: LogLevel {
        LogLevel(mapping.configuration.log.level)
    }

    /// Whether the log is to be opened anew for this.
    func changesLog(to new: ServerConfiguration.LogSettings) -> Bool {
        var old = mapping.configuration.log
        old.level = new.level
        old.bindings = new.bindings
        return new != old
    }

    /// What is said of applications now.
    var web: ServerConfiguration.Web { mapping.configuration.web }

    /// What is said of calls now.
    var calls: ServerConfiguration.Calls { mapping.configuration.calls }

    /// Where streams are accepted.
    var ports: [UInt16] { mapping.plan.streams.map(\.address.port) }

    /// By what clients can come now.
    var served: ServedTransports { mapping.plan.served }

    /// What is said of streams now.
    var streams: ServerConfiguration.Streams { mapping.configuration.streams }

    /// Own addresses are refused as peers, also those that the machine got just now.
    mutating func followAddresses(_ desk: inout AdminDesk) -> [(LogLevel, String)] {
        guard let machine = try? Machine.read(), machine.interfaces != mapping.machine.interfaces
        else { return [] }
        mapping.machine = machine
        _ = desk.apply(mapping)
        return [(.info, "this machine's addresses changed: peers are judged again")]
    }
}

extension ServerConfiguration {
    /// Takes over what may change while the daemon runs.
    mutating func takeOver(_ new: Self) {
        credentials = new.credentials
        limits = new.limits
        web = new.web
        peers = new.peers
        stun = new.stun
        log = new.log
        metrics = new.metrics
        streams = new.streams
        listening.takeOver(new.listening)
        relay.takeOver(new.relay)
        calls.takeOver(new.calls)
    }
}

extension ServerConfiguration.Listening {
    /// All but the interface: the open sockets are bound to it.
    fileprivate mutating func takeOver(_ new: Self) {
        let old = device
        self = new
        device = old
    }
}

extension ServerConfiguration.Relay {
    /// All but the interface, which needs a right that was given up.
    fileprivate mutating func takeOver(_ new: Self) {
        let old = device
        self = new
        device = old
    }
}

extension ServerConfiguration.Calls {
    /// Takes over what may change while the daemon runs. Without calls at the start there is
    /// nobody to take it over.
    fileprivate mutating func takeOver(_ new: Self) {
        // It opens more than calls.
        adminToken = new.adminToken
        guard isEnabled, new.isEnabled else { return }
        self = new
    }
}
