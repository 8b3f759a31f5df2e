import Admin
import Configuration
import LinuxIO
import Primitives
import TURN

// The daemon as a whole: reload, drain, log, refusals, numbers.
extension ControlRoom {
    /// Reads the file again; the log tells what came of it.
    @discardableResult
    func reload(isRehearsal: Bool = false) -> ReloadReply {
        if !isRehearsal { service.reloading(at: Clock.monotonic()) }
        defer { if !isRehearsal { service.ready(at: Clock.monotonic()) } }
        var reply = ReloadReply(file: reloader.name, applied: false)
        let plan: Reloader.Plan
        let opened: NewListeners
        let metrics: MetricsPort.Preparation
        let takeover: Takeover
        let sink: (sink: LogSink, warning: String?)?
        do throws(StartFailure) {
            takeover = try beginTakeover()
            plan = try reloader.plan(desk)
            reply.changes = plan.changes
            reply.warnings = plan.warnings
            // Also at a rehearsal: a file may be closed to us, somebody else may have the port.
            sink = try openLog(plan, isRehearsal: isRehearsal)
            (opened, metrics) = try open(plan)
        } catch {
            if !isRehearsal { log.write(.error, "reload refused, nothing was changed: \(error)") }
            reply.errors = "\(error)".split(separator: "\n").map(String.init)
            return reply
        }
        guard !isRehearsal else {
            opened.close()
            metrics.discard()
            return reply
        }
        if let sink { changeLog(plan.log, sink.sink, sink.warning) }
        let unwatched = carryOut(plan, opened, metrics, takeover)
        reply.applied = true
        if let warning = reloader.openFilesWarning { reply.warnings.append(warning) }
        reply.errors = unwatched.map(Self.unwatched)
        if let found = reloader.conclude(waiting: Crew.patienceMilliseconds, handshakes) {
            reply.errors += found.map { Self.unwatched("\($0) (udp)") }
        } else if let departure = reloader.departure {
            reply.warnings.append("\(departure.pending); the log says when")
            log.write(.warning, "reload: \(departure.pending)")
        }
        for problem in reply.errors { log.write(.error, "reload: \(problem)") }
        return reply
    }

    /// One reload after the other: what the last one closed has to be out of use.
    private func beginTakeover() throws(StartFailure) -> Takeover {
        settle()
        if let departure = reloader.departure {
            throw StartFailure("the last reload goes on: \(departure.pending); try again")
        }
        guard let takeover = desk.takeover() else {
            throw StartFailure("the system has no descriptors left; try again")
        }
        return takeover
    }

    /// Looks whether late workers have taken over the last reload by now.
    func settle() {
        guard let departure = reloader.departure,
            let unwatched = reloader.conclude(waiting: 0, handshakes)
        else { return }
        let closed = departure.addresses.map { "; \($0) is closed" }.joined()
        log.write(.info, "reload: every worker has taken it over\(closed)")
        for address in unwatched {
            log.write(.error, "reload: \(Self.unwatched("\(address) (udp)"))")
        }
    }

    private static func unwatched(_ name: String) -> String {
        "\(name) is open, but the system gives no watch for its socket: clients get no answer "
            + "there until a later reload succeeds in that"
    }

    /// Opens everything that the plan needs, or nothing.
    private func open(
        _ plan: Reloader.Plan
    ) throws(StartFailure) -> (NewListeners, MetricsPort.Preparation) {
        let opened = try plan.open()
        do throws(StartFailure) {
            return (opened, try monitor.prepare(plan.metrics))
        } catch {
            opened.close()
            throw error
        }
    }

    /// Nil where the log goes on as it is.
    private func openLog(
        _ plan: Reloader.Plan, isRehearsal: Bool
    ) throws(StartFailure) -> (sink: LogSink, warning: String?)? {
        guard reloader.changesLog(to: plan.log) else { return nil }
        guard isRehearsal else { return try LogSink.open(plan.log) }
        try LogSink.rehearse(plan.log)
        return nil
    }

    private func changeLog(
        _ new: ServerConfiguration.LogSettings, _ sink: LogSink, _ warning: String?
    ) {
        log.write(.info, "reload: the log goes on in \(sink.name)")
        log.change(to: new, sink)
        if let warning { log.write(.warning, warning) }
    }

    private func carryOut(
        _ plan: Reloader.Plan, _ opened: NewListeners, _ metrics: MetricsPort.Preparation,
        _ takeover: Takeover
    ) -> [String] {
        let level = reloader.logLevel
        let unwatched = reloader.carryOut(plan, opened, &desk, door, handshakes, takeover)
        if reloader.logLevel != level { log.limit = reloader.logLevel }
        for (level, line) in reloader.text(of: plan) { log.write(level, line) }
        if let warning = reloader.openFilesWarning { log.write(.warning, warning) }
        applyHooks()
        let streams = reloader.streams
        let lines =
            certificates.reload(streams, served: reloader.served, at: Clock.now())
            + monitor.apply(metrics, streams, at: Clock.now())
        for (level, line) in lines { log.write(level, line) }
        tellApplications()
        hasNewWatch = true
        return unwatched.map { "\($0.address) (tcp)" }
    }

    private func applyHooks() {
        do throws(HookFailure) {
            try applications?.signaling?.apply(HookSettings(reloader.calls.hooks), wakeup)
        } catch {
            // What can be wrong with the settings was found before; the system is out of something.
            log.write(.error, "webhooks stay as they were: \(error)")
        }
    }

    func refusals(_ query: RefusalQuery) -> RefusalList {
        refusalBook.list(query, at: Clock.now().unixSeconds)
    }

    /// Keeps what the log may not have room for.
    func note(_ event: Event, at unixSeconds: UInt64) {
        guard case .refused(_, _, _, let cause, _, _) = event, cause != .noCredentials,
            refusalBook.hasRoom(at: unixSeconds),
            let report = EventText.refusal(event, policy: desk.peerPolicy)
        else { return }
        refusalBook.note(report, at: unixSeconds)
    }

    var logLevel: LogLevelReply {
        LogLevelReply(level: LogLevelReply.levels[log.limit.rawValue])
    }

    func setLogLevel(_ name: String) -> LogLevelReply {
        if let index = LogLevelReply.levels.firstIndex(of: name),
            let level = LogLevel(rawValue: index), level != log.limit
        {
            log.write(.warning, "log-level: \(name) from now on, by an administrator")
            log.limit = level
        }
        return logLevel
    }

    func drain(_ order: DrainOrder) throws(AdminRefusal) -> DrainReply {
        let now = Clock.now()
        guard reloader.accept(!order.isOn, &desk) else { throw AdminDesk.busy }
        if order.isOn {
            if !isDraining {
                log.write(.warning, "draining: no new allocations and callers are taken")
            }
            let deadline = now.monotonic + reloader.calls.drainTimeout
            applications?.drain(at: now, deadline: deadline)
        } else if isDraining {
            log.write(.warning, "draining is over: allocations and callers are taken again")
            applications?.resume(at: now)
        }
        isDraining = order.isOn
        stopsWhenEmpty = order.isOn && order.stops
        return drainReply
    }

    private var drainReply: DrainReply {
        DrainReply(
            draining: isDraining, stops: stopsWhenEmpty, allocations: desk.allocationCount,
            callers: applications?.callerCount ?? 0)
    }

    /// Whether a drain that was to end the process has come to its end.
    var isEmpty: Bool {
        stopsWhenEmpty && desk.allocationCount == 0 && applications?.isDrained ?? true
    }
}
