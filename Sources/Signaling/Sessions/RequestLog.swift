/// Which requests of a session have been seen, and how the last of them were answered, so that a
/// request that is sent again after a lost socket is answered and not done twice (ruling 5).
package struct RequestLog: Hashable, Sendable {
    package enum Verdict: Hashable, Sendable {
        /// New: do it and `answer` it.
        case execute
        /// New, but too many are unanswered: refuse it through `answer`.
        case tooMany
        /// Already being done: the answer will come.
        case attach
        /// Answered before, with this frame.
        case again([UInt8])
        /// Answered so long ago that the answer is gone.
        case forgotten
        /// A number was left out: both sides disagree about the past.
        case skipped
    }

    package struct Answer: Hashable, Sendable, Codable {
        package var id: Int64
        /// The reliable message after the answer; who has that one has the answer as well.
        package var nextSequence: UInt64
        package var frame: [UInt8]
    }

    package static let answersMax = 32
    package static let runningMax = 32
    /// Answers hold ICE servers and snapshots: a few kilobytes each at most.
    package static let answerBytesMax = 64 * 1024

    package private(set) var lastID: Int64 = 0
    package private(set) var answers: [Answer] = []
    /// Few at any time: nearly every request is answered before the next comes.
    package private(set) var running: [Int64] = []
    private var answerBytes = 0

    package init() {}

    package mutating func judge(_ id: Int64) -> Verdict {
        if id > lastID {
            guard id == lastID + 1 else { return .skipped }
            lastID = id
            guard running.count < Self.runningMax else { return .tooMany }
            running.append(id)
            return .execute
        }
        if running.contains(id) { return .attach }
        if let answer = answers.first(where: { $0.id == id }) { return .again(answer.frame) }
        return .forgotten
    }

    /// Keeps the answer. A refusal consumes its id like any other answer.
    package mutating func answer(_ id: Int64, with frame: [UInt8], nextSequence: UInt64) {
        running.removeAll { $0 == id }
        answers.append(Answer(id: id, nextSequence: nextSequence, frame: frame))
        answerBytes += frame.count
        while answers.count > Self.answersMax || answerBytes > Self.answerBytesMax {
            answerBytes -= answers.removeFirst().frame.count
        }
    }

    /// The answers that a client may have missed which has the reliable messages up to `sequence`.
    package func answers(after sequence: UInt64) -> [[UInt8]] {
        answers.filter { $0.nextSequence > sequence }.map(\.frame)
    }

    /// As saved. Requests that were running are forgotten: they are answered as such.
    package init(lastID: Int64, answers: [Answer]) {
        self.lastID = lastID
        self.answers = answers.suffix(Self.answersMax)
        answerBytes = self.answers.reduce(0) { $0 + $1.frame.count }
    }
}
