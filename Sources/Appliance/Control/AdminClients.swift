import Admin
import LinuxIO
import Primitives

/// The clients of the admin socket: who may speak, their bytes in and out.
final class AdminClients {
    private let listener: UnixListener
    private let allowedGroups: Set<UInt32>
    private var slots: [Slot?] = Array(repeating: nil, count: AdminConnection.connectionsMax)

    /// A class, since an array cannot hold what `AdminConnection` is.
    private final class Slot {
        let raw: Int32
        var connection: AdminConnection
        var unsent: ArraySlice<UInt8> = []

        init(raw: Int32, connection: consuming AdminConnection) {
            self.raw = raw
            self.connection = connection
        }

        deinit { closeDescriptor(raw) }
    }

    /// `allowedGroups`: besides root and the daemon's own user.
    init(listener: consuming UnixListener, allowedGroups: Set<UInt32>) {
        self.listener = listener
        self.allowedGroups = allowedGroups
    }

    var listenerRaw: Int32 { listener.raw }

    /// Takes every waiting connection. Returns lines for the log.
    func accept(_ epoll: borrowing Epoll, at now: MonotonicTime) -> [String] {
        var lines: [String] = []
        while let accepted = try? listener.accept() {
            let socket = accepted
            guard let peer = try? socket.peerCredentials(), isAllowed(peer) else {
                lines.append("admin socket: a process of another user was turned away")
                continue
            }
            guard let index = slots.firstIndex(where: { $0 == nil }) else {
                lines.append("admin socket: more than \(slots.count) clients")
                continue
            }
            let slot = Slot(raw: socket.release(), connection: AdminConnection(at: now))
            let token = ControlToken.client(index)
            guard (try? epoll.add(slot.raw, .readable, token: token)) != nil else { continue }
            slots[index] = slot
        }
        return lines
    }

    private func isAllowed(_ peer: PeerCredentials) -> Bool {
        peer.user == 0 || peer.user == Process.user || allowedGroups.contains(peer.group)
    }

    /// Reads from or writes to one client.
    func serve(
        _ index: Int, _ readiness: Readiness, _ epoll: borrowing Epoll,
        _ service: inout some AdminService & ~Copyable, at now: MonotonicTime
    ) {
        guard index < slots.count, let slot = slots[index] else { return }
        if readiness.contains(.writable) { write(slot, index, epoll, at: now) }
        if readiness.contains(.readable) || readiness.contains(.hangup) {
            read(slot, at: now)
        }
        act(slot, index, epoll, &service, at: now)
    }

    private func read(_ slot: Slot, at now: MonotonicTime) {
        guard slot.connection.wantsInput else { return }
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let result = buffer.withUnsafeMutableBytes { bytes -> Int? in
            guard let result = try? Stream.read(slot.raw, into: bytes) else { return 0 }
            guard case .done(let count) = result else { return nil }
            return count
        }
        guard let count = result else { return }
        if count == 0 {
            slot.connection.receiveEnd(at: now)
        } else {
            slot.connection.receive(buffer.span.extracting(0..<count), at: now)
        }
    }

    /// Carries out what the connection asks for, until it waits for the client.
    private func act(
        _ slot: Slot, _ index: Int, _ epoll: borrowing Epoll,
        _ service: inout some AdminService & ~Copyable, at now: MonotonicTime
    ) {
        while slot.unsent.isEmpty, let action = slot.connection.nextAction() {
            switch action {
            case .perform(let request): slot.connection.answer(service.answer(request), at: now)
            case .send(let bytes):
                slot.unsent = bytes[...]
                write(slot, index, epoll, at: now)
            case .close:
                slots[index] = nil
                return
            }
        }
    }

    private func write(
        _ slot: Slot, _ index: Int, _ epoll: borrowing Epoll, at now: MonotonicTime
    ) {
        while !slot.unsent.isEmpty {
            let result = slot.unsent.withUnsafeBytes { try? Stream.write(slot.raw, $0) }
            switch result {
            case .done(let count)?: slot.unsent = slot.unsent.dropFirst(count)
            case .wouldBlock?:
                try? epoll.modify(
                    slot.raw, [.readable, .writable], token: ControlToken.client(index))
                return
            case nil:
                // The client went away; reading will find that out and close.
                slot.unsent = []
            }
        }
        try? epoll.modify(slot.raw, .readable, token: ControlToken.client(index))
        slot.connection.finishSend(at: now)
    }

    /// When some client's time is up.
    var nextDeadline: MonotonicTime {
        slots.reduce(.never) { min($0, $1?.connection.nextDeadline ?? .never) }
    }

    /// Ends clients that took too long.
    func tick(
        _ epoll: borrowing Epoll, _ service: inout some AdminService & ~Copyable,
        at now: MonotonicTime
    ) {
        for index in slots.indices {
            guard let slot = slots[index], slot.connection.nextDeadline <= now else { continue }
            slot.connection.tick(at: now)
            act(slot, index, epoll, &service, at: now)
        }
    }
}

/// What the control thread's epoll gives back with an event.
enum ControlToken {
    static let signals: UInt64 = 0
    static let adminListener: UInt64 = 1
    static let events: UInt64 = 2
    static let addresses: UInt64 = 3

    private static let firstClient: UInt64 = 16

    static func client(_ index: Int) -> UInt64 { firstClient + UInt64(index) }

    /// Nil for the fixed ones.
    static func clientIndex(_ token: UInt64) -> Int? {
        token >= firstClient ? Int(token - firstClient) : nil
    }
}
