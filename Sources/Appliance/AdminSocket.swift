package import Admin
package import LinuxIO
package import Primitives

/// The admin socket: the listener, its clients, and the bytes between them and `AdminService`.
///
/// Owns an epoll of its own, so that the control loop watches one descriptor, `raw`: when it is
/// readable call `serve(_:at:)`, at `nextDeadline` call `tick(_:at:)`.
package struct AdminSocket: ~Copyable {
    /// The listener among the tokens; clients count from 1.
    private static let listenerToken: UInt64 = 0
    /// One read: what `HTTPLimits.aheadBytesMax` allows to come ahead.
    private static let readBytesMax = 16_384

    private let listener: UnixListener
    private let epoll: Epoll
    private let access: AdminAccess
    private var clients: [UInt64: AdminSocketClient] = [:]
    private var lastToken = Self.listenerToken
    private var buffer = [UInt8](repeating: 0, count: Self.readBytesMax)

    /// Binds `path`, which must be in a directory that exists. Call it with root's rights when the
    /// daemon starts with them: the file is given to `access.daemonUser` and `access.group`.
    package init(path: String, access: AdminAccess) throws(SystemError) {
        let epoll = try Epoll(capacity: AdminConnection.connectionsMax + 1)
        let listener = try UnixListener(path: path, mode: access.fileMode)
        if !path.hasPrefix("@") {
            try File.changeOwner(
                path, user: access.daemonUser, group: access.group ?? Process.group)
        }
        try epoll.add(listener.raw, .readable, token: Self.listenerToken)
        self.epoll = epoll
        self.listener = listener
        self.access = access
    }

    /// Readable when `serve(_:at:)` has something to do.
    package var raw: Int32 { epoll.raw }

    /// When `tick(_:at:)` is due next.
    package var nextDeadline: MonotonicTime {
        clients.values.map { $0.connection.nextDeadline }.min() ?? .never
    }

    /// Moves the bytes that wait and answers what was asked.
    package mutating func serve(_ service: inout some AdminService, at now: MonotonicTime) {
        for index in 0..<epoll.wait(milliseconds: 0) {
            let event = epoll[index]
            if event.token == Self.listenerToken {
                acceptAll(at: now)
            } else if let client = clients[event.token] {
                receive(client, event.readiness, at: now)
                drive(client, &service, at: now)
            }
        }
    }

    /// Ends clients that are too slow.
    package mutating func tick(_ service: inout some AdminService, at now: MonotonicTime) {
        for client in Array(clients.values) where client.connection.nextDeadline <= now {
            client.connection.tick(at: now)
            drive(client, &service, at: now)
        }
    }

    private mutating func acceptAll(at now: MonotonicTime) {
        // At the limit of open files the connection stays in the backlog until one closes.
        while let stream = try? listener.accept() {
            guard let peer = try? stream.peerCredentials() else { continue }
            lastToken += 1
            let client = AdminSocketClient(stream, token: lastToken, at: now)
            if !access.allows(user: peer.user, groups: [peer.group] + peer.supplementaryGroups) {
                client.turnAway(
                    AdminRefusal(
                        .forbidden,
                        "user \(peer.user) may not use the admin socket; run this as root, or as "
                            + "a member of the group that admin-group names"))
            } else if clients.count >= AdminConnection.connectionsMax {
                client.turnAway(
                    AdminRefusal(
                        .unavailable,
                        "\(AdminConnection.connectionsMax) clients use the admin socket already"))
            } else if (try? epoll.add(client.raw, .readable, token: lastToken)) != nil {
                clients[lastToken] = client
            }
        }
    }

    private mutating func receive(
        _ client: AdminSocketClient, _ readiness: Readiness, at now: MonotonicTime
    ) {
        if client.connection.wantsInput {
            let result = buffer.withUnsafeMutableBytes { bytes in
                Result { () throws(SystemError) in try client.stream.read(into: bytes) }
            }
            switch result {
            case .success(.done(0)): client.connection.receiveEnd(at: now)
            case .success(.done(let count)):
                client.connection.receive(buffer.span.extracting(0..<count), at: now)
            case .success(.wouldBlock): break
            case .failure: client.isGone = true
            }
        } else if !readiness.isDisjoint(with: [.hangup, .error]) {
            client.isGone = true
        }
    }

    private mutating func drive(
        _ client: AdminSocketClient, _ service: inout some AdminService, at now: MonotonicTime
    ) {
        client.drive(&service, at: now)
        let interest = client.interest
        if !client.isGone, interest != client.watched {
            client.watched = interest
            client.isGone = (try? epoll.modify(client.raw, interest, token: client.token)) == nil
        }
        if client.isGone { clients[client.token] = nil }
    }
}
