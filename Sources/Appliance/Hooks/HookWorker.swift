import Crypto
import HTTP
import LinuxIO
import Primitives
import Signaling

/// The thread of the hooks: sends what the queue lets go, asks what is asked, over connections
/// that never block. A server that is slow or gone costs the calls nothing but its events.
final class HookWorker {
    private let board: HookBoard
    private var context: TLSContext?
    private var signature: HookSignature
    private var events: HookTarget?
    private var resolver: HookTarget?
    private let epoll: Epoll
    /// One read is as much as a TLS record and its head.
    private let scratch = TLSScratch(readBytes: 16_640)
    private var entropy = Entropy()
    private var connections: [UInt64: HookConnection] = [:]
    private var lastToken = HookWorker.wakeupToken
    /// Requests on their way, for each lane.
    private var active = HookLane.allCases.map { _ in 0 }
    private var health = HookHealth()
    private var isLeaving = false

    private static let wakeupToken: UInt64 = 0

    init(_ aims: HookAims, _ board: HookBoard) throws(SystemError) {
        self.board = board
        context = aims.context
        signature = aims.signature
        events = Self.target(events: aims)
        resolver = Self.target(resolver: aims)
        let epoll = try Epoll()
        try epoll.add(board.wakeup.raw, .readable, token: Self.wakeupToken)
        self.epoll = epoll
    }

    /// Runs until the board says to leave and everything is delivered or time is up.
    func run() {
        while true {
            let count = epoll.wait(milliseconds: timeout())
            let now = Clock.now()
            for index in 0..<count {
                let token = epoll[index].token
                if token == Self.wakeupToken { board.wakeup.drain() }
                if let connection = connections[token] { serve(connection, at: now) }
            }
            if let aims = board.takeAims() { follow(aims, at: now) }
            let (questions, leaveBy) = board.look()
            takeNames(at: now)
            for question in questions { ask(question, at: now) }
            if let leaveBy {
                leave(at: now)
                if board.count == 0 || leaveBy <= now.monotonic { break }
            }
            tick(at: now)
            board.advance(at: now.monotonic)
            for lane in [HookLane.pushes, .events] { deliver(lane, at: now) }
        }
        for connection in connections.values { connection.close() }
    }

    private static func target(events aims: HookAims) -> HookTarget? {
        aims.eventURL.map { HookTarget(role: "webhook-url", url: $0) }
    }

    private static func target(resolver aims: HookAims) -> HookTarget? {
        aims.resolverURL.map { HookTarget(role: "chat-resolver-url", url: $0) }
    }

    /// Goes elsewhere from now on. Requests on their way end where they are.
    private func follow(_ aims: HookAims, at now: Now) {
        context = aims.context
        signature = aims.signature
        // Without another address, what waits goes where it was meant to.
        events = Self.target(events: aims) ?? events
        resolver = Self.target(resolver: aims)
        for connection in connections.values where !isCurrent(connection.target) {
            if connection.target.idle.contains(connection.token) {
                forget(connection)
            } else if connection.isResolving {
                finish(connection, .failed("the address has changed"), at: now)
            }
        }
    }

    private func isCurrent(_ target: HookTarget) -> Bool {
        target === events || target === resolver
    }

    private func timeout() -> Int32? {
        let (queue, leaveBy) = board.deadlines
        var deadline = min(queue, leaveBy, health.nextProbe)
        for connection in connections.values { deadline = min(deadline, connection.nextDeadline) }
        guard deadline != .never else { return nil }
        let left = deadline.nanoseconds(since: Clock.monotonic())
        return Int32(clamping: (left + 999_999) / 1_000_000)
    }

    private func leave(at now: Now) {
        guard !isLeaving else { return }
        isLeaving = true
        board.withQueue { $0.leave(at: now.monotonic) }
    }

    // MARK: - Jobs

    private func deliver(_ lane: HookLane, at now: Now) {
        guard let events else { return }
        while active[lane.rawValue] < health.requestsMax(lane, at: now.monotonic) {
            let next = board.withQueue { $0.next(lane, at: now.monotonic) }
            guard let next else { return }
            active[lane.rawValue] += 1
            let fields = [HTTPField("turnstone-event-id", next.id)]
            let request = request(to: events.url, next.body, fields, at: now)
            begin(.delivery(next), request, to: events, deadline: next.deadline, at: now)
        }
    }

    private func ask(_ question: HookQuestion, at now: Now) {
        guard let resolver else { return board.resolve(question.id, nil, isSaid: false) }
        let request = request(to: resolver.url, question.body, [], at: now)
        let job = HookJob.question(question.id)
        begin(job, request, to: resolver, deadline: question.deadline, at: now)
    }

    private func request(
        to url: HTTPURL, _ body: [UInt8], _ fields: [HTTPField], at now: Now
    ) -> [UInt8] {
        let timestamp = String(now.unixSeconds)
        var all: HTTPFields = [
            HTTPField("user-agent", "Turnstone"),
            HTTPField("content-type", "application/json"),
            HTTPField("turnstone-timestamp", timestamp),
            HTTPField(
                "turnstone-signature", signature.value(timestamp: timestamp, body: body)),
        ]
        all.append(contentsOf: fields)
        return url.request(.post, fields: all, body: body, keepAlive: true)
    }

    private func begin(
        _ job: HookJob, _ request: [UInt8], to target: HookTarget, deadline: MonotonicTime,
        at now: Now
    ) {
        if let token = target.idle.popLast(), let connection = connections[token] {
            connection.begin(job, request, deadline: deadline)
            return handle(connection, connection.reuse(scratch), at: now)
        }
        lastToken += 1
        let connection = HookConnection(token: lastToken, target: target, context: context)
        connections[lastToken] = connection
        connection.begin(job, request, deadline: deadline)
        open(connection, at: now)
    }

    /// Connects, or waits for the name to be resolved.
    private func open(_ connection: HookConnection, at now: Now) {
        let target = connection.target
        do throws(SystemError) {
            try target.resolve(waking: board.wakeup, at: now.monotonic)
        } catch {
            return finish(connection, .failed("no thread for names: \(error)"), at: now)
        }
        guard !target.addresses.isEmpty else { return }
        let progress = connection.connect(to: target.addresses, epoll, at: now.monotonic)
        handle(connection, progress, at: now)
    }

    private func takeNames(at now: Now) {
        for target in [events, resolver].compactMap(\.self) {
            guard let answer = target.takeAnswer(at: now.monotonic) else { continue }
            for connection in connections.values
            where connection.isResolving && connection.target === target {
                if case .failure(let failure) = answer, target.addresses.isEmpty {
                    finish(connection, .failed("\(target.url.host): \(failure)"), at: now)
                } else {
                    open(connection, at: now)
                }
            }
        }
    }

    // MARK: - Connections

    private func serve(_ connection: HookConnection, at now: Now) {
        handle(connection, connection.serve(epoll, scratch, at: now.monotonic), at: now)
    }

    private func tick(at now: Now) {
        for connection in connections.values where connection.nextDeadline <= now.monotonic {
            handle(connection, connection.tick(epoll, at: now.monotonic), at: now)
        }
    }

    private func handle(
        _ connection: HookConnection, _ progress: HookConnection.Progress, at now: Now
    ) {
        switch progress {
        case .goesOn: break
        case .answered, .failed: finish(connection, progress, at: now)
        }
    }

    private func finish(
        _ connection: HookConnection, _ progress: HookConnection.Progress, at now: Now
    ) {
        let target = connection.target
        if connection.isIdle { target.idle.removeAll { $0 == connection.token } }
        guard let job = connection.job else { return forget(connection) }
        switch progress {
        case .goesOn: return
        case .failed where connection.wasStale && connection.deadline > now.monotonic:
            connection.restart()
            return open(connection, at: now)
        case .failed(let reason):
            if connection.socket == nil { target.forgetAddresses() }
            forget(connection)
            report(target, health.fail(target, reason, job, at: now.monotonic))
            settle(job, .failed(retryAfter: nil), at: now)
        case .answered(let response):
            report(target, health.answer(target, response.status, job, at: now.monotonic))
            keep(connection, at: now)
            take(response, for: job, at: now)
        }
    }

    private func take(_ response: HTTPResponse, for job: HookJob, at now: Now) {
        switch job {
        case .delivery: settle(job, HookVerdict.outcome(of: response), at: now)
        case .question(let id):
            let (callee, isSaid) = HookVerdict.callee(in: response)
            board.resolve(id, callee, isSaid: isSaid)
        }
    }

    private func settle(_ job: HookJob, _ outcome: HookOutcome, at now: Now) {
        switch job {
        case .delivery(let delivery):
            active[delivery.lane.rawValue] -= 1
            board.settle(delivery.number, outcome, chance: entropy.next(), at: now.monotonic)
        case .question(let id): board.resolve(id, nil, isSaid: false)
        }
    }

    private func keep(_ connection: HookConnection, at now: Now) {
        let target = connection.target
        guard target.idle.count < HookRules.idleConnectionsMax, !isLeaving, isCurrent(target),
            connection.rest(until: now.monotonic + HookRules.idlePatience)
        else { return forget(connection) }
        target.idle.append(connection.token)
    }

    private func forget(_ connection: HookConnection) {
        connection.close()
        connections[connection.token] = nil
    }

    private func report(_ target: HookTarget, _ line: String?) {
        if let line { board.note("\(target.role): \(line)") }
    }
}
