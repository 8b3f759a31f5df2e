import LinuxIO
import Primitives

/// A reload on its way through the workers: their answers, which may come late.
struct Takeover: Sendable {
    /// By worker: the slots whose sockets it cannot watch.
    let replies: [Reply<[Int]>]

    init(workers: Int) throws(SystemError) {
        var replies: [Reply<[Int]>] = []
        for _ in 0..<workers { replies.append(try Reply()) }
        self.replies = replies
    }

    /// The slots whose sockets somebody cannot watch; nil as long as a worker has not answered.
    func unwatched(waiting milliseconds: Int32) -> [Int]? {
        var slots: Set<Int> = []
        for reply in replies {
            guard let answer = reply.wait(milliseconds: milliseconds) else { return nil }
            slots.formUnion(answer)
        }
        return slots.sorted()
    }
}

/// Sockets that a reload took out of service. They stay open, and their ports taken, until every
/// worker has let go of them: a number closed too early may be another socket's by then.
struct Departure: Sendable {
    let takeover: Takeover
    let sockets: Set<UDPHandle>
    let addresses: [TransportAddress]

    /// Closes the sockets if every worker has let go, and `forget`, called before, has; returns the
    /// slots that somebody cannot watch, or nil: it is not over.
    func conclude(waiting milliseconds: Int32, forget: (Set<UDPHandle>) -> Void) -> [Int]? {
        guard let unwatched = takeover.unwatched(waiting: milliseconds) else { return nil }
        forget(sockets)
        for socket in sockets { socket.close() }
        return unwatched
    }

    /// What has not come yet, for the operator.
    var pending: String {
        let closing = addresses.map { "\($0)" }.joined(separator: ", ")
        return closing.isEmpty
            ? "a worker has not taken it over yet"
            : "\(closing) is not closed yet: its allocations still end, or a worker is late"
    }
}
