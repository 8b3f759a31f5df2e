import Primitives
import STUN
import TURN

// What the workers made of it.
extension StreamWorld {
    func digest(_ outputs: [StreamOutput], of worker: StreamWorker) {
        for output in outputs {
            switch output {
            case .message(let tuple, let bytes): note(bytes, to: tuple)
            case .connecting(let peering): planOutcome(peering)
            case .bound: break
            case .closed(let peering):
                if let stream = peering.stream { streams[stream] = nil }
                endTwin(of: peering)
            case .streamClosed(let tuple): noteClosedStream(tuple)
            case .ended(let tuple, let reason): noteEnd(tuple, reason)
            case .broken(let what): violate(what)
            }
        }
    }

    /// The peer accepts, refuses, or never says anything.
    private func planOutcome(_ peering: StreamWorker.Peering) {
        let seconds = random.pick(0...scenario.answerSecondsMax)
        switch random.pick(0...9) {
        case 0...6: plan(.connects, afterSeconds: seconds, peering)
        case 7, 8: plan(.fails, afterSeconds: seconds, peering)
        default: break
        }
    }

    private func note(_ bytes: [UInt8], to tuple: FiveTuple) {
        // What is said to a stream that is gone reaches nobody.
        guard streams[tuple] != nil else { return }
        guard let message = try? StunMessage(bytes.span) else { return violate("unreadable") }
        if message.messageClass == .indication {
            noteAttempt(message, to: tuple)
            return
        }
        guard let answer = ReadAnswer(bytes) else { return violate("answer to nothing") }
        if answer.transaction == asked, answer.method != .connect || !answer.isSuccess {
            if self.answer != nil { violate("two answers to one request") }
            self.answer = answer
            return
        }
        guard answer.method == .connect,
            let stream = awaited.removeValue(forKey: answer.transaction)
        else { return violate("\(answer.method) is answered that nobody asked") }
        if stream != tuple { violate("answer to another stream") }
        let number = ((try? message.connectionID()) ?? nil)
        noteConnect(answer, number, of: tuple)
    }

    /// A Connect that waited is answered.
    private func noteConnect(_ answer: ReadAnswer, _ number: UInt32?, of tuple: FiveTuple) {
        let place = model.allocations[tuple]?.connections.firstIndex {
            $0.transaction == answer.transaction && $0.state == .connecting
        }
        guard answer.isSuccess else {
            statistics.refused[answer.code, default: 0] += 1
            if answer.code != 447 { violate("late answer \(answer.code)") }
            guard let place else { return }
            if !isEnding { violate("447 although the peer has not failed") }
            model.allocations[tuple]?.connections.remove(at: place)
            return
        }
        guard let place, let number else { return violate("Connect succeeded against the rules") }
        statistics.made += 1
        tell(number, to: tuple)
        model.allocations[tuple]?.connections[place].state = .pending
        model.allocations[tuple]?.connections[place].number = number
        model.allocations[tuple]?.connections[place].ends = now.monotonic + StreamModel.patience
    }

    /// ConnectionAttempt: a peer has connected, which the model knows already.
    private func noteAttempt(_ message: borrowing StunMessage, to tuple: FiveTuple) {
        guard message.method == .connectionAttempt,
            let number = (try? message.connectionID()) ?? nil,
            let peer = (try? message.xorAddress(.xorPeerAddress)) ?? nil,
            let place = model.allocations[tuple]?.connections.lastIndex(where: {
                $0.number == nil && $0.state == .pending
            })
        else { return violate("an attempt that nobody made") }
        let known = model.allocations[tuple]?.connections[place].peer
        if peer != known, peer != known.map({ advertised($0) }) { violate("attempt of \(peer)") }
        tell(number, to: tuple)
        model.allocations[tuple]?.connections[place].number = number
    }

    private func tell(_ number: UInt32, to tuple: FiveTuple) {
        if model.find(number) != nil { violate("two connections with one number") }
        if Int(Server.worker(ofConnection: number).index) != streams[tuple] {
            violate("a number that names another worker")
        }
        guard let client = clients.firstIndex(where: { $0.control == tuple }) else { return }
        clients[client].learn(number)
    }

    private func noteClosedStream(_ tuple: FiveTuple) {
        streams[tuple] = nil
        model.allocations[tuple] = nil
        awaited = awaited.filter { $0.value != tuple }
        if let client = clients.firstIndex(where: { $0.control == tuple }) {
            clients[client].control = nil
        }
    }

    private func noteEnd(_ tuple: FiveTuple, _ reason: EndReason) {
        guard let allocation = model.allocations[tuple] else { return }
        switch reason {
        case .expired, .tooOld, .streamClosed: violate("allocation of \(tuple) \(reason.rawValue)")
        case .evicted where !allocation.connections.isEmpty: violate("evicted with connections")
        case .deletedByClient: break
        case .evicted, .killed, .revoked, .listenerGone: model.allocations[tuple] = nil
        }
    }
}
