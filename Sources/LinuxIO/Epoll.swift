import CLinux

/// What epoll reports of a descriptor, or is asked to.
package struct Readiness: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let readable = Readiness(rawValue: TS_EVENT_READABLE)
    package static let writable = Readiness(rawValue: TS_EVENT_WRITABLE)
    /// Reported unasked: the socket has a pending error or an entry in its error queue.
    package static let error = Readiness(rawValue: TS_EVENT_ERROR)
    /// Reported unasked: both directions are shut.
    package static let hangup = Readiness(rawValue: TS_EVENT_HANGUP)
    /// The peer will send no more.
    package static let peerClosed = Readiness(rawValue: TS_EVENT_PEER_CLOSED)
    /// Of several epolls waiting for the descriptor wake one.
    package static let exclusive = Readiness(rawValue: TS_EVENT_EXCLUSIVE)
    /// Report changes, not states.
    package static let edge = Readiness(rawValue: TS_EVENT_EDGE)
}

/// A set of descriptors to wait for, each with a token that comes back with its events.
package struct Epoll: ~Copyable {
    private let descriptor: FileDescriptor
    private let events: UnsafeMutablePointer<ts_event>
    private let capacity: Int

    /// How many events one wait returns at most.
    package static let capacityMax = 256

    package init(capacity: Int = capacityMax) throws(SystemError) {
        precondition((1...Self.capacityMax).contains(capacity))
        descriptor = FileDescriptor(owning: try check(ts_epoll_create(), "epoll_create1"))
        events = .allocate(capacity: capacity)
        events.initialize(repeating: ts_event(), count: capacity)
        self.capacity = capacity
    }

    deinit { events.deallocate() }

    /// The descriptor of the set itself, which is readable while events wait.
    package var raw: Int32 { descriptor.raw }

    package func add(
        _ raw: Int32, _ interest: Readiness, token: UInt64
    ) throws(SystemError) {
        try check(ts_epoll_add(descriptor.raw, raw, interest.rawValue, token), "epoll_ctl")
    }

    package func modify(
        _ raw: Int32, _ interest: Readiness, token: UInt64
    ) throws(SystemError) {
        try check(ts_epoll_modify(descriptor.raw, raw, interest.rawValue, token), "epoll_ctl")
    }

    /// Closing a descriptor removes it as well, if no copy of it is open.
    package func remove(_ raw: Int32) throws(SystemError) {
        try check(ts_epoll_remove(descriptor.raw, raw), "epoll_ctl")
    }

    /// Waits until something is ready, at most `milliseconds` (nil: without limit; 0: only looks).
    /// Returns how many events `subscript` holds; 0 after the time or a signal.
    package func wait(milliseconds: Int32?) -> Int {
        let timeout = milliseconds.map { max(0, $0) } ?? -1
        let got = ts_epoll_wait(descriptor.raw, events, Int32(capacity), timeout)
        precondition(got >= 0, "epoll_wait: \(Errno(rawValue: -got).name)")
        return Int(got)
    }

    /// An event of the last wait; `index` is below the number it returned.
    package subscript(index: Int) -> (token: UInt64, readiness: Readiness) {
        precondition(index >= 0 && index < capacity)
        let event = events[index]
        return (event.token, Readiness(rawValue: event.events))
    }
}
