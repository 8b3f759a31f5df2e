import Admin
import LinuxIO
import Primitives

/// One client of the admin socket: its descriptor, its conversation, and what is left to write.
///
/// A class, since an array cannot hold what `AdminConnection` is.
final class AdminClient {
    /// Closed by either side; nothing more will be done for it.
    private(set) var isGone = false

    private let stream: StreamSocket
    private let token: UInt64
    private var connection: AdminConnection
    /// At most one response and an interim one before it.
    private var unsent: ArraySlice<UInt8> = []
    /// What the epoll watches it for.
    private var watched: Readiness = []

    init(_ stream: consuming StreamSocket, token: UInt64, at now: MonotonicTime) {
        self.stream = stream
        self.token = token
        connection = AdminConnection(at: now)
    }

    /// One attempt to say why; a fresh socket has room for it.
    func turnAway(_ refusal: AdminRefusal) {
        connection.turnAway(refusal)
        if case .send(let bytes) = connection.nextAction() { _ = try? write(bytes[...]) }
    }

    /// Begins to watch it; false when the system has no room.
    func watch(_ epoll: borrowing Epoll) -> Bool {
        watched = .readable
        return (try? epoll.add(stream.raw, watched, token: token)) != nil
    }

    var nextDeadline: MonotonicTime { connection.nextDeadline }

    /// Takes what came, one read at a time, so that no client keeps the thread.
    func receive(_ readiness: Readiness, at now: MonotonicTime) {
        guard connection.wantsInput else {
            // Reported unasked, and for ever: nobody is there to read the answer.
            if !readiness.isDisjoint(with: [.hangup, .error]) { isGone = true }
            return
        }
        // What `HTTPLimits.aheadBytesMax` lets come ahead is four of these.
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let result = buffer.withUnsafeMutableBytes { bytes in
            Result { () throws(SystemError) in try stream.read(into: bytes) }
        }
        switch result {
        case .success(.done(0)): connection.receiveEnd(at: now)
        case .success(.done(let count)):
            connection.receive(buffer.span.extracting(0..<count), at: now)
        case .success(.wouldBlock): break
        case .failure: isGone = true
        }
    }

    func tick(at now: MonotonicTime) { connection.tick(at: now) }

    /// Does everything that can be done now, and says what to wait for.
    func drive(
        _ epoll: borrowing Epoll, _ service: inout some AdminService & ~Copyable,
        at now: MonotonicTime
    ) {
        flush(at: now)
        while !isGone, let action = connection.nextAction() {
            switch action {
            case .perform(let request): connection.answer(service.answer(request), at: now)
            case .close: isGone = true
            case .send(let bytes):
                unsent += bytes
                flush(at: now)
            }
        }
        var interest: Readiness = connection.wantsInput ? .readable : []
        if !unsent.isEmpty { interest.insert(.writable) }
        guard !isGone, interest != watched else { return }
        watched = interest
        isGone = (try? epoll.modify(stream.raw, interest, token: token)) == nil
    }

    private func flush(at now: MonotonicTime) {
        guard !unsent.isEmpty else { return }
        do throws(SystemError) {
            unsent = unsent.dropFirst(try write(unsent))
        } catch {
            isGone = true
        }
        if unsent.isEmpty { connection.finishSend(at: now) }
    }

    /// Returns how many bytes there was room for.
    private func write(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(SystemError) in try stream.write(bytes) }
        }
        guard case .done(let count) = try result.get() else { return 0 }
        return count
    }
}
