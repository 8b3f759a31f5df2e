import Admin
import LinuxIO
import Primitives

/// One client of the admin socket: its descriptor, its conversation, and what is left to write.
final class AdminSocketClient {
    let stream: StreamSocket
    let token: UInt64
    var connection: AdminConnection
    /// Closed by either side; nothing more will be done for it.
    var isGone = false
    /// What the epoll watches it for.
    var watched: Readiness = .readable
    /// At most one response and an interim one before it.
    private var unsent: ArraySlice<UInt8> = []

    init(_ stream: consuming StreamSocket, token: UInt64, at now: MonotonicTime) {
        self.stream = stream
        self.token = token
        connection = AdminConnection(at: now)
    }

    var raw: Int32 { stream.raw }

    var interest: Readiness {
        var interest: Readiness = connection.wantsInput ? .readable : []
        if !unsent.isEmpty { interest.insert(.writable) }
        return interest
    }

    /// Does everything that can be done now.
    func drive(_ service: inout some AdminService, at now: MonotonicTime) {
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
    }

    /// One attempt to say why; a fresh socket has room for it.
    func turnAway(_ refusal: AdminRefusal) {
        connection.turnAway(refusal)
        if case .send(let bytes) = connection.nextAction() { _ = try? write(bytes[...]) }
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
