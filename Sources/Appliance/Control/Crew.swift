import LinuxIO
import Primitives
import TURN

/// The workers as the control thread sees them: threads to ask, stop and wait for.
struct Crew: ~Copyable {
    private var members: [Member]

    /// A class, since an array cannot hold a thread.
    private final class Member {
        let parts: WorkerParts
        let pulse = Pulse()
        private var thread: Thread?

        init(_ parts: WorkerParts) throws(SystemError) {
            self.parts = parts
            thread = try Thread(name: "relay-\(parts.number)") { Crew.work(parts) }
        }

        func join() {
            if let thread = thread.take() { thread.join() }
        }
    }

    /// How long an answer may take: a worker that is alive answers within one loop turn.
    static let patienceMilliseconds: Int32 = 1000

    /// Starts one thread for each of `parts`.
    init(_ parts: [WorkerParts]) throws(SystemError) {
        members = []
        for part in parts { members.append(try Member(part)) }
    }

    var count: Int { members.count }

    private static func work(_ parts: WorkerParts) {
        do throws(SystemError) {
            var worker = try Worker(parts)
            worker.run()
        } catch {
            // Only epoll or eventfd could fail, at start: the daemon is useless without a worker.
            fatalError("worker \(parts.number): \(error)")
        }
    }

    /// Asks every worker and returns the answers in order; nil when one did not answer in time.
    func ask<Value: Sendable>(_ order: (Reply<Value>) -> WorkerOrder) -> [Value]? {
        var replies: [Reply<Value>] = []
        // All of them before the first order leaves: every worker gets it, or none.
        for _ in members {
            guard let reply = try? Reply<Value>() else { return nil }
            replies.append(reply)
        }
        for (member, reply) in zip(members, replies) { send(order(reply), to: member) }
        var values: [Value] = []
        for reply in replies {
            guard let value = reply.wait(milliseconds: Self.patienceMilliseconds) else {
                return nil
            }
            values.append(value)
        }
        return values
    }

    /// Gives a change to every worker; `takeover` gets the answers.
    func give(_ change: WorkerChange, _ takeover: Takeover) {
        for (member, reply) in zip(members, takeover.replies) {
            send(.apply(change, reply), to: member)
        }
    }

    /// Asks one worker; nil when there is none of that number or it did not answer.
    func ask<Value: Sendable>(
        worker number: Int, _ order: (Reply<Value>) -> WorkerOrder
    ) -> Value? {
        guard members.indices.contains(number), let reply = try? Reply<Value>() else { return nil }
        send(order(reply), to: members[number])
        return reply.wait(milliseconds: Self.patienceMilliseconds)
    }

    /// Asks every worker for a sign of life, and waits for none.
    func beat(_ number: UInt64) {
        for member in members { send(.beat(number, member.pulse), to: member) }
    }

    /// The workers that have not answered this beat.
    func silent(since beat: UInt64) -> [Int] {
        members.filter { $0.pulse.last < beat }.map(\.parts.number)
    }

    private func send(_ order: WorkerOrder, to member: Member) {
        member.parts.mailbox.append(order)
        member.parts.wakeup.signal()
    }

    /// Stops every worker; returns when the last has closed its sockets.
    func stop() {
        for member in members { send(.stop, to: member) }
        for member in members { member.join() }
    }
}
