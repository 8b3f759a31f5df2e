import Primitives
import STUN

/// One request until its answer: when to send it again, and when to give it up.
///
/// RFC 8489 §6.2.1, with one difference: a probe that waited the whole 39.5 s for each silent port
/// would try nobody's patience but its user's, so the caller sets the end.
struct Transaction: Sendable {
    /// RFC 8489 §6.2.1: the first retransmission; doubled for each further one.
    static let firstInterval: UInt64 = 500_000_000
    /// RFC 8489 §6.2.1: Rc.
    static let sendsMax = 7

    let id: TransactionID
    let bytes: [UInt8]
    private(set) var sends = 1
    private let began: MonotonicTime
    private var lastSent: MonotonicTime
    private let end: MonotonicTime
    private let repeats: Bool

    init(
        _ id: TransactionID, _ bytes: [UInt8], repeats: Bool, patience: UInt64,
        at now: MonotonicTime
    ) {
        self.id = id
        self.bytes = bytes
        self.repeats = repeats
        began = now
        lastSent = now
        end = MonotonicTime(nanoseconds: now.nanoseconds &+ patience)
    }

    enum Turn { case wait, send, giveUp }

    var nextDeadline: MonotonicTime { min(end, nextSend) }

    private var nextSend: MonotonicTime {
        guard repeats, sends < Self.sendsMax else { return .never }
        let interval = Self.firstInterval << UInt64(sends - 1)
        return MonotonicTime(nanoseconds: lastSent.nanoseconds &+ interval)
    }

    mutating func tick(at now: MonotonicTime) -> Turn {
        if end <= now { return .giveUp }
        guard nextSend <= now else { return .wait }
        lastSent = now
        sends += 1
        return .send
    }

    /// The time until an answer: since the last transmission, as nobody knows which one it answers
    /// (RFC 8489 §6.2.1 leaves such samples out; a person still wants a number).
    func roundTrip(at now: MonotonicTime) -> UInt64 { now.nanoseconds(since: lastSent) }

    func elapsed(at now: MonotonicTime) -> UInt64 { now.nanoseconds(since: began) }
}

/// A source of numbers that nobody can guess who has not seen the seed (SplitMix64).
struct ProbeRandom: Sendable {
    private var state: UInt64
    private let second: UInt64

    init(seed: (UInt64, UInt64)) { (state, second) = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return (value ^ (value >> 31)) ^ second
    }

    mutating func transactionID() -> TransactionID {
        TransactionID(random: UInt128(next()) << 64 | UInt128(next()))
    }
}
