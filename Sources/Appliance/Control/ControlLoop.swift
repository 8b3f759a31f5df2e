import Admin
import Configuration
import LinuxIO
import Primitives
import TURN

/// The control thread: signals, the admin socket, the log, address changes, the door and its
/// certificates. It does what the relay workers must never wait for.
struct ControlLoop: ~Copyable {
    private let epoll: Epoll
    private let signals: SignalQueue
    private let addresses: AddressWatch
    private var clients: AdminClients?
    private var eventText = EventText()
    private let events: EventQueue
    private let wakeup: SharedWakeup
    private var room: ControlRoom
    private let folder: CallsFolder?
    /// When a stop waits no longer for callers; nil before one.
    private var stopsAt: MonotonicTime?

    init(
        signals: consuming SignalQueue, clients: AdminClients?, events: EventQueue,
        wakeup: SharedWakeup, room: ControlRoom, folder: CallsFolder?
    ) throws(SystemError) {
        let epoll = try Epoll()
        try epoll.add(signals.raw, .readable, token: ControlToken.signals)
        try epoll.add(wakeup.raw, .readable, token: ControlToken.events)
        let watch = try AddressWatch()
        try epoll.add(watch.raw, .readable, token: ControlToken.addresses)
        if let raw = clients?.listenerRaw {
            try epoll.add(raw, .readable, token: ControlToken.adminListener)
        }
        try epoll.add(room.door.raw, .readable, token: ControlToken.door)
        if let raw = room.certificates.raw {
            try epoll.add(raw, .readable, token: ControlToken.certificates)
        }
        try epoll.add(room.monitor.raw, .readable, token: ControlToken.metrics)
        self.epoll = epoll
        addresses = watch
        self.signals = signals
        self.clients = clients
        self.events = events
        self.wakeup = wakeup
        self.room = room
        self.folder = folder
    }

    private var applications: ApplicationService? { room.applications }
    private var door: Door { room.door }
    private var handshakes: DTLSHandshakes { room.handshakes }
    private var certificates: CertificateKeeper { room.certificates }

    /// Runs until SIGTERM or SIGINT and, behind it, until callers have been told; then stops the
    /// workers and returns.
    mutating func run() {
        room.service.ready(at: Clock.monotonic())
        room.log.beginService()
        while !isOver {
            let count = epoll.wait(milliseconds: timeout())
            let now = Clock.now()
            for index in 0..<count {
                let (token, readiness) = epoll[index]
                switch token {
                case ControlToken.signals: takeSignals(at: now)
                case ControlToken.adminListener: acceptClients(at: now)
                case ControlToken.events:
                    wakeup.drain()
                    writeEvents(at: now)
                    handshakes.serve(at: now.monotonic)
                case ControlToken.addresses: followAddresses()
                case ControlToken.door: door.serve(at: now)
                case ControlToken.metrics: room.monitor.serve(at: now)
                case ControlToken.certificates: certificates.noteChanges(at: now.monotonic)
                default:
                    guard let client = ControlToken.clientIndex(token) else { continue }
                    clients?.serve(client, readiness, epoll, &room, at: now.monotonic)
                }
            }
            tick(at: now)
        }
        room.log.write(.info, "stopping: closing every listener and relay port")
        closeCalls(at: Clock.now())
        door.stop(at: Clock.now())
        room.monitor.stop(at: Clock.now())
        room.desk.stop()
        writeEvents(at: Clock.now())
        room.log.write(.info, "stopped")
    }

    private func timeout() -> Int32? {
        let deadline = min(
            clients?.nextDeadline ?? .never, door.nextDeadline, handshakes.nextDeadline,
            certificates.nextDeadline,
            min(applications?.nextDeadline ?? .never, stopsAt ?? .never, room.service.nextDeadline),
            min(room.monitor.nextDeadline, room.reloader.looksAgain))
        if room.reloader.departure != nil { return Self.reloadLookMilliseconds }
        // Nobody says that the last allocation has ended.
        if room.stopsWhenEmpty, stopsAt == nil { return Self.drainLookMilliseconds }
        guard deadline != .never else { return nil }
        let left = deadline.nanoseconds(since: Clock.monotonic())
        return Int32(clamping: (left + 999_999) / 1_000_000)
    }

    private static let drainLookMilliseconds: Int32 = 500
    private static let reloadLookMilliseconds: Int32 = 20

    private mutating func tick(at now: Now) {
        if let (level, line) = room.desk.beat(&room.service, at: now.monotonic) {
            room.log.write(level, line)
        }
        room.settle()
        room.reloader.tick(&room.desk, at: now.monotonic)
        clients?.tick(epoll, &room, at: now.monotonic)
        followWatch()
        if room.isEmpty, stopsAt == nil { beginStop(at: now) }
        handshakes.tick(at: now.monotonic)
        if let applications {
            // Before the door, which sends what this causes.
            applications.tick(at: now)
        }
        door.tick(at: now)
        if let notice = door.takeNotice(at: now) { room.log.write(.warning, notice) }
        for (level, line) in room.monitor.tick(at: now) { room.log.write(level, line) }
        // Behind the door, whose deadlines end sockets of calls.
        if let applications { room.log.write(applications.takeLog()) }
        let lines = certificates.tick(at: now)
        for (level, line) in lines { room.log.write(level, line) }
        // Another certificate may have another name, which stands in URIs.
        if !lines.isEmpty { room.tellApplications() }
    }

    private mutating func takeSignals(at now: Now) {
        while let signal = try? signals.next() {
            if signal.contains(.terminate) || signal.contains(.interrupt) { beginStop(at: now) }
            if signal.contains(.hangup) { room.reload() }
        }
    }

    /// Callers are sent to where they can go on, over some time, so that they do not come back all
    /// at once. Whoever asks twice does not want to wait.
    private mutating func beginStop(at now: Now) {
        guard stopsAt == nil else {
            stopsAt = now.monotonic
            return
        }
        let patience = room.reloader.calls.drainTimeout
        room.service.stopping(within: (UInt64(patience.count) + Self.stopSeconds) * 1_000_000)
        stopsAt = now.monotonic + patience
        guard let applications else { return }
        applications.drain(at: now, deadline: now.monotonic + patience)
        guard !applications.isDrained else { return }
        let kept = folder == nil ? "" : "; calls are kept"
        room.log.write(.info, "stopping: callers are told, for at most \(patience.count) s\(kept)")
    }

    /// For what follows the drain: the state on a slow disk, hooks, the workers.
    private static let stopSeconds: UInt64 = 10

    /// Whether nobody is left to wait for.
    private var isOver: Bool {
        guard let stopsAt else { return false }
        return stopsAt <= Clock.monotonic() || applications?.isDrained ?? true
    }

    private func closeCalls(at now: Now) {
        guard let signaling = applications?.signaling else { return }
        for (level, line) in folder?.save(signaling.switchboard, at: now) ?? [] {
            room.log.write(level, line)
        }
        signaling.stop()
        room.log.write(signaling.takeLog())
    }

    /// A reload watches other files.
    private func followWatch() {
        guard room.hasNewWatch else { return }
        room.hasNewWatch = false
        // That of before left the epoll when it closed.
        if let raw = certificates.raw {
            try? epoll.add(raw, .readable, token: ControlToken.certificates)
        }
    }

    private mutating func acceptClients(at now: Now) {
        guard let lines = clients?.accept(epoll, at: now.monotonic) else { return }
        for line in lines { room.log.write(.warning, line) }
    }

    private mutating func writeEvents(at now: Now) {
        let content = events.takeAll()
        for event in content.events {
            room.note(event, at: now.unixSeconds)
            for (level, line) in eventText.lines(
                for: event, policy: room.desk.peerPolicy, at: now.unixSeconds)
            {
                room.log.write(level, line)
            }
        }
        if content.lost > 0 {
            room.refusalBook.lose(content.lost)
            room.log.write(.warning, "\(content.lost) events were not logged: too many at once")
        }
    }

    /// Own addresses must never be reached through a relay, also those that came just now.
    private mutating func followAddresses() {
        guard (try? addresses.drain()) == true else { return }
        for (level, line) in room.reloader.followAddresses(&room.desk) {
            room.log.write(level, line)
        }
    }
}
