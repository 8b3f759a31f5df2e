import JSON
import Primitives
import Testing

@testable import Signaling

/// Clients that do anything at any time, some of them over sockets that break in the middle, and a
/// daemon that restarts; after each step the rules hold that nobody may break.
final class CallSimulation {
    /// A client with what it was told.
    final class Client {
        let page: Page
        var isConnected = true
        /// Calls that it was told have ended for it.
        var ended: Set<String> = []
        var texts: [String: [Int64]] = [:]
        var lastSequence: Int64 = 0

        init(_ page: Page) { self.page = page }
    }

    let exchange: Exchange
    var random: SeededRandom
    var clients: [Client] = []
    var callCount = 0
    var textCount: Int64 = 0
    var restarts = 0
    var resumes = 0
    var answered = 0
    /// The call that each text was sent in.
    var callByText: [Int64: String] = [:]
    var violations: [String] = []

    init(seed: UInt64) {
        exchange = Exchange(seed: seed)
        random = SeededRandom(state: seed &* 7919)
        for user in ["ann", "bob", "cem"] {
            for device in ["phone", "desk"] {
                clients.append(Client(Page(exchange, user, device: device)))
            }
        }
    }

    func roll(_ bound: UInt64) -> Int { Int(random.next() % bound) }
    func pick<Element>(_ list: [Element]) -> Element { list[roll(UInt64(list.count))] }

    func run(steps: Int) {
        for _ in 0..<steps {
            step()
            check()
        }
        settle()
    }

    private func step() {
        let client = pick(clients)
        guard client.isConnected else {
            if roll(3) == 0 { comeBack(client) } else { pass(0.5) }
            return
        }
        switch roll(20) {
        case 0: breakOff(client)
        case 1: takeOver(client)
        case 2 where roll(8) == 0: restart()
        case 3: pass(Double(roll(8)))
        case 4, 5, 6: start(client)
        case 7: join(client)
        default: act(client)
        }
        for client in clients { read(client) }
    }

    private var liveCalls: [Call] {
        exchange.board.store.all.filter { $0.state != .ended }
            .sorted { $0.id.text < $1.id.text }
    }

    private func start(_ client: Client) {
        let users = ["ann", "bob", "cem"].filter { $0 != client.page.user }
        callCount += 1
        client.page.call(pick(users), id: "c\(callCount)")
    }

    private func join(_ client: Client) {
        client.page.ask("call:join", ["call_id": .string("room\(roll(3))")])
    }

    private func act(_ client: Client) {
        guard !liveCalls.isEmpty else { return }
        let call = pick(liveCalls).id.text
        let id = JSONValue.string(call)
        switch roll(7) {
        case 0: if client.page.answer(call).isOK { answered += 1 }
        case 1: client.page.ask("call:reject", ["call_id": id])
        case 2 where roll(3) == 0: client.page.ask("call:end", ["call_id": id])
        case 3: client.page.ask("call:connected", ["call_id": id])
        case 4: client.page.ask("call:ringing", ["call_id": id])
        default:
            textCount += 1
            callByText[textCount] = call
            client.page.ask("app:message", ["call_id": id, "payload": .integer(textCount)])
        }
    }

    private func breakOff(_ client: Client) {
        // Some of what was sent is lost with the socket: the client never reads it.
        if roll(2) == 0 { client.page.read = (exchange.received[client.page.socket] ?? []).count }
        client.page.drop()
        client.isConnected = false
    }

    private func comeBack(_ client: Client) {
        guard let welcome = client.page.reconnect() else { return }
        client.isConnected = true
        if welcome["resumed"] == true {
            resumes += 1
        } else {
            client.lastSequence = 0
        }
    }

    private func takeOver(_ client: Client) {
        let old = client.page.socket
        guard client.page.reconnect()?["resumed"] == true else {
            return violations.append("a live session was not taken over")
        }
        if exchange.closes[old] != 4504 { violations.append("no 4504") }
        resumes += 1
    }

    private func restart() {
        restarts += 1
        let bytes = exchange.board.savedState(at: exchange.now)
        let board = Switchboard(
            verifier: TestTokens(), issuer: TestIssuer(), signer: TestSigner(),
            random: SeededRandom(state: random.next()), at: exchange.now)
        do { try board.restore(bytes, at: exchange.now) } catch {
            violations.append("not restored: \(error)")
        }
        exchange.board = board
        for client in clients { client.isConnected = false }
    }

    /// Time passes; those who are connected answer pings in time.
    private func pass(_ seconds: Double) {
        for client in clients where client.isConnected { client.page.say("pong") }
        exchange.advance(seconds: seconds)
    }

    /// Reads what came, as a client does: in order, nothing twice, nothing left out.
    private func read(_ client: Client) {
        guard client.isConnected else { return }
        let page = client.page
        let frames = exchange.received[page.socket] ?? []
        for frame in frames[min(page.read, frames.count)...] {
            guard let sequence = frame["seq"]?.integer else { continue }
            if sequence != client.lastSequence + 1 {
                violations.append(
                    "\(page.user): \(sequence) follows \(client.lastSequence)")
            }
            client.lastSequence = sequence
            page.lastSequence = sequence
            note(frame, client)
        }
        page.read = frames.count
    }

    private func note(_ frame: JSONValue, _ client: Client) {
        guard let call = frame["data"]?["call_id"]?.string, let type = frame["type"]?.string else {
            return
        }
        switch type {
        case "app:message":
            let number = frame["data"]?["payload"]?.integer ?? 0
            if client.texts[call]?.contains(number) == true { violations.append("\(number) twice") }
            client.texts[call, default: []].append(number)
            if callByText[number] != call { violations.append("\(number) in the wrong call") }
        case "call:end", "call:rejected", "call:no-answer", "call:answered-elsewhere":
            // A takeover ends the call for one session only, which may come back.
            guard frame["data"]?["reason"] != "taken_over" else { return }
            if !client.ended.insert(call).inserted, !call.hasPrefix("room") {
                violations.append("\(client.page.user): a second end of \(call): \(frame)")
            }
        default:
            if client.ended.contains(call), !call.hasPrefix("room"), type == "call:offer" {
                violations.append("\(type) of \(call) after its end")
            }
        }
    }

    private func check() {
        let board = exchange.board
        for call in board.store.all {
            if call.seats.count > 2 { violations.append("\(call.id): \(call.seats.count) seats") }
            if call.seats.count == 2, call.seats[0].peer == call.seats[1].peer {
                violations.append("\(call.id): one peer twice")
            }
            for session in call.sessions where call.state != .ended {
                if board.callsBySession[session]?.contains(call.id) != true {
                    violations.append("\(call.id): \(session) would not be heard of")
                }
            }
        }
        for (session, calls) in board.callsBySession {
            if board.sessions[session] == nil { violations.append("calls of a dead session") }
            for call in calls where board.store.call(call)?.state == .ended {
                violations.append("\(session) still hears of ended \(call)")
            }
        }
    }

    /// Everybody goes away; nothing may remain.
    private func settle() {
        for client in clients where client.isConnected { client.page.drop() }
        exchange.advance(seconds: 4 * 3600)
        let board = exchange.board
        if board.sessionCount + board.callCount + board.socketCount > 0 {
            violations.append(
                "left: \(board.sessionCount) sessions, \(board.callCount) calls")
        }
        if board.nextDeadline != nil || board.deadlines.count > 0 { violations.append("a timer") }
        if !board.users.isEmpty || !board.callsBySession.isEmpty || !board.watchersByUser.isEmpty
            || !board.resolutions.isEmpty || !board.newSocketsBySource.isEmpty
        {
            violations.append("an index is not empty")
        }
        if board.store.liveCount != 0 { violations.append("live count \(board.store.liveCount)") }
    }
}

@Suite struct CallSimulationTests {
    @Test(arguments: UInt64(1)...20)
    func anythingAtAnyTime(seed: UInt64) {
        let simulation = CallSimulation(seed: seed)
        simulation.run(steps: 600)
        #expect(simulation.violations.isEmpty, "seed \(seed): \(simulation.violations.prefix(5))")
        #expect(simulation.resumes > 0 && simulation.callCount > 0)
    }
}
