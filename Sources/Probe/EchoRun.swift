import Primitives

/// Which way the packets of an echo go.
package enum EchoMode: String, Sendable, Hashable, CaseIterable {
    /// A socket of the probe sends to the relayed address and gets its packets back: the way of a
    /// peer that needs no relay.
    case ownSocket = "own-socket"
    /// Between two allocations of the probe, with Send and Data indications: the way of two
    /// callers who both need the relay.
    case indications
    /// The same with ChannelData.
    case channels
}

/// What became of the packets.
package struct EchoResult: Sendable, Hashable {
    package let mode: EchoMode
    package var sent = 0
    /// Those that were seen at the far end, where they turn round.
    package var reached = 0
    package var received = 0
    /// Of these the ones as large as video has them.
    package var largeSent = 0
    package var largeReceived = 0
    /// Nanoseconds from sending a packet to having it back, sorted.
    package var roundTrips: [UInt64] = []

    package init(mode: EchoMode) { self.mode = mode }

    package var lost: Int { sent - received }
    package var median: UInt64? { percentile(50) }
    package var p95: UInt64? { percentile(95) }

    private func percentile(_ percent: Int) -> UInt64? {
        guard !roundTrips.isEmpty else { return nil }
        return roundTrips[(roundTrips.count - 1) * percent / 100]
    }
}

/// A series of numbered packets that come back, or do not.
struct EchoRun: Sendable {
    static let count = 20
    /// As audio has them.
    static let interval: UInt64 = 20_000_000
    /// Behind the last packet: the longest round trip that a call could live with.
    static let grace: UInt64 = 1_000_000_000
    /// Sizes of the payload: audio; and video, which with every header around it still fits the
    /// 1200 bytes that each path carries.
    private static let small = 160
    private static let large = 1_000
    private static let largeEvery = 4

    private(set) var result: EchoResult
    private let token: UInt64
    private var sentAt: [MonotonicTime] = []
    private var hasReached = [Bool](repeating: false, count: EchoRun.count)
    private var hasCome = [Bool](repeating: false, count: EchoRun.count)
    private var nextSend: MonotonicTime
    private var end = MonotonicTime.never

    init(_ mode: EchoMode, token: UInt64, at now: MonotonicTime) {
        result = EchoResult(mode: mode)
        self.token = token
        nextSend = now
    }

    var nextDeadline: MonotonicTime { min(nextSend, end) }

    func isOver(at now: MonotonicTime) -> Bool {
        end <= now || result.received == Self.count
    }

    /// The next packet, if one is due.
    mutating func next(at now: MonotonicTime) -> [UInt8]? {
        guard nextSend <= now, result.sent < Self.count else { return nil }
        let number = result.sent
        let isLarge = number % Self.largeEvery == Self.largeEvery - 1
        result.sent += 1
        if isLarge { result.largeSent += 1 }
        sentAt.append(now)
        if result.sent == Self.count {
            nextSend = .never
            end = MonotonicTime(nanoseconds: now.nanoseconds &+ Self.grace)
        } else {
            nextSend = MonotonicTime(nanoseconds: now.nanoseconds &+ Self.interval)
        }
        return payload(number, size: isLarge ? Self.large : Self.small)
    }

    private func payload(_ number: Int, size: Int) -> [UInt8] {
        let head = UInt128(token) << 64 | UInt128(number)
        return (0..<size).map {
            $0 < 16 ? UInt8(truncatingIfNeeded: head >> UInt128(120 - 8 * $0)) : UInt8(number)
        }
    }

    /// The number of one of our packets; nil for anything else.
    func number(of data: [UInt8]) -> Int? {
        guard data.count >= 16 else { return nil }
        let head = data[..<16].reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        guard UInt64(head >> 64) == token else { return nil }
        let number = UInt64(truncatingIfNeeded: head)
        return number < UInt64(result.sent) ? Int(number) : nil
    }

    /// Notes a packet at the far end; twice counts once.
    mutating func reach(_ data: [UInt8]) {
        guard let number = number(of: data), !hasReached[number] else { return }
        hasReached[number] = true
        result.reached += 1
    }

    /// Takes a packet that came back whole; twice counts once.
    mutating func receive(_ data: [UInt8], at now: MonotonicTime) {
        guard let number = number(of: data), !hasCome[number] else { return }
        hasCome[number] = true
        result.received += 1
        if data.count == Self.large { result.largeReceived += 1 }
        let time = now.nanoseconds(since: sentAt[number])
        let place = result.roundTrips.firstIndex { $0 > time } ?? result.roundTrips.count
        result.roundTrips.insert(time, at: place)
    }
}
