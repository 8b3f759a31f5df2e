import CLinux

/// A signal that the program handles.
package struct Signals: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let terminate = Signals(rawValue: TS_SIGNAL_TERMINATE)
    package static let interrupt = Signals(rawValue: TS_SIGNAL_INTERRUPT)
    package static let hangup = Signals(rawValue: TS_SIGNAL_HANGUP)
    package static let user1 = Signals(rawValue: TS_SIGNAL_USER1)
    package static let user2 = Signals(rawValue: TS_SIGNAL_USER2)
}

/// Signals as readable events. They are blocked for the thread that opens this and all threads it
/// starts later, so it comes before any other thread. SIGPIPE is ignored from then on.
package struct SignalQueue: ~Copyable, Sendable {
    private let descriptor: FileDescriptor

    package init(_ signals: Signals) throws(SystemError) {
        let raw = try check(ts_signalfd_create(signals.rawValue), "signalfd")
        descriptor = FileDescriptor(owning: raw)
    }

    package var raw: Int32 { descriptor.raw }

    /// Takes the next signal; nil when none waits.
    package func next() throws(SystemError) -> Signals? {
        let bit = try check(ts_signalfd_next(descriptor.raw), "read")
        return bit == 0 ? nil : Signals(rawValue: UInt32(bit))
    }
}
