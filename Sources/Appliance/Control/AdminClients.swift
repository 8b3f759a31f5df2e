import Admin
import LinuxIO
import Primitives

/// The clients of the admin socket: who may speak, and whose turn it is.
final class AdminClients {
    private let listener: UnixListener
    private let access: AdminAccess
    private var slots: [AdminClient?] = Array(repeating: nil, count: AdminConnection.connectionsMax)

    init(listener: consuming UnixListener, access: AdminAccess) {
        self.listener = listener
        self.access = access
    }

    var listenerRaw: Int32 { listener.raw }

    /// Takes every waiting connection. Returns lines for the log.
    func accept(_ epoll: borrowing Epoll, at now: MonotonicTime) -> [String] {
        var lines: [String] = []
        while let stream = try? listener.accept() {
            guard let peer = try? stream.peerCredentials() else { continue }
            let index = slots.firstIndex { $0 == nil }
            let client = AdminClient(stream, token: ControlToken.client(index ?? 0), at: now)
            if !isAllowed(peer) {
                client.turnAway(
                    AdminRefusal(
                        .forbidden,
                        "user \(peer.user) may not use the admin socket; run this as root, or as "
                            + "a member of the group that admin-group names"))
                lines.append("admin socket: process \(peer.processID) of user \(peer.user) refused")
            } else if let index {
                if client.watch(epoll) { slots[index] = client }
            } else {
                client.turnAway(
                    AdminRefusal(
                        .unavailable, "\(slots.count) clients use the admin socket already"))
                lines.append("admin socket: more than \(slots.count) clients")
            }
        }
        return lines
    }

    private func isAllowed(_ peer: PeerCredentials) -> Bool {
        access.allows(
            user: peer.user, groups: [peer.group] + peer.supplementaryGroups,
            daemonUser: Process.user)
    }

    /// Reads from or writes to one client.
    func serve(
        _ index: Int, _ readiness: Readiness, _ epoll: borrowing Epoll,
        _ service: inout some AdminService & ~Copyable, at now: MonotonicTime
    ) {
        guard index < slots.count, let client = slots[index] else { return }
        client.receive(readiness, at: now)
        drive(client, index, epoll, &service, at: now)
    }

    /// When some client's time is up.
    var nextDeadline: MonotonicTime {
        slots.reduce(.never) { min($0, $1?.nextDeadline ?? .never) }
    }

    /// Ends clients that took too long.
    func tick(
        _ epoll: borrowing Epoll, _ service: inout some AdminService & ~Copyable,
        at now: MonotonicTime
    ) {
        for index in slots.indices {
            guard let client = slots[index], client.nextDeadline <= now else { continue }
            client.tick(at: now)
            drive(client, index, epoll, &service, at: now)
        }
    }

    private func drive(
        _ client: AdminClient, _ index: Int, _ epoll: borrowing Epoll,
        _ service: inout some AdminService & ~Copyable, at now: MonotonicTime
    ) {
        client.drive(epoll, &service, at: now)
        if client.isGone { slots[index] = nil }
    }
}

/// What the control thread's epoll gives back with an event.
enum ControlToken {
    static let signals: UInt64 = 0
    static let adminListener: UInt64 = 1
    static let events: UInt64 = 2
    static let addresses: UInt64 = 3
    static let door: UInt64 = 4
    static let certificates: UInt64 = 5
    static let metrics: UInt64 = 6

    private static let firstClient: UInt64 = 16

    static func client(_ index: Int) -> UInt64 { firstClient + UInt64(index) }

    /// Nil for the fixed ones.
    static func clientIndex(_ token: UInt64) -> Int? {
        token >= firstClient ? Int(token - firstClient) : nil
    }
}
