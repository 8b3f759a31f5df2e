import CLinux

/// The number of a system error, with its name and text.
package struct Errno: RawRepresentable, Hashable, Sendable {
    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    // Numbers of asm-generic/errno-base.h and errno.h, equal on x86-64 and arm64.
    package static let notPermitted = Errno(rawValue: 1)
    package static let noSuchFile = Errno(rawValue: 2)
    package static let badDescriptor = Errno(rawValue: 9)
    package static let wouldBlock = Errno(rawValue: 11)
    package static let outOfMemory = Errno(rawValue: 12)
    package static let accessDenied = Errno(rawValue: 13)
    package static let badAddress = Errno(rawValue: 14)
    package static let exists = Errno(rawValue: 17)
    package static let invalid = Errno(rawValue: 22)
    package static let fileTableFull = Errno(rawValue: 23)
    package static let tooManyOpenFiles = Errno(rawValue: 24)
    package static let brokenPipe = Errno(rawValue: 32)
    package static let notSocket = Errno(rawValue: 88)
    package static let messageTooLong = Errno(rawValue: 90)
    package static let addressInUse = Errno(rawValue: 98)
    package static let addressNotAvailable = Errno(rawValue: 99)
    package static let networkUnreachable = Errno(rawValue: 101)
    package static let connectionReset = Errno(rawValue: 104)
    package static let noBufferSpace = Errno(rawValue: 105)
    package static let timedOut = Errno(rawValue: 110)
    package static let connectionRefused = Errno(rawValue: 111)
    package static let hostUnreachable = Errno(rawValue: 113)

    /// The symbolic name, such as `EADDRINUSE`; the number when there is none.
    package var name: String {
        guard let name = ts_error_name(rawValue) else { return "errno \(rawValue)" }
        return String(cString: name)
    }

    /// The system's English sentence for it, such as `Address already in use`.
    package var text: String {
        guard let text = ts_error_text(rawValue) else { return "Unknown error" }
        return String(cString: text)
    }
}

/// A system call that failed: which, and why.
package struct SystemError: Error, Hashable, Sendable {
    package let errno: Errno
    /// The name of the call, such as `bind`.
    package let call: String

    package init(_ errno: Errno, call: String) {
        self.errno = errno
        self.call = call
    }
}

extension SystemError: CustomStringConvertible {
    /// `bind: Address already in use (EADDRINUSE)`.
    package var description: String { "\(call): \(errno.text) (\(errno.name))" }
}

/// The outcome of a call on a non-blocking descriptor.
package enum IOResult<Value> {
    case done(Value)
    /// EAGAIN: nothing to read, or no room to write.
    case wouldBlock
}

extension IOResult: Sendable where Value: Sendable {}
extension IOResult: Equatable where Value: Equatable {}

/// Turns the shim's negative error number into an error; ends the process on EBADF and EFAULT.
@discardableResult
func check<Value: FixedWidthInteger & SignedInteger>(
    _ value: Value, _ call: StaticString
) throws(SystemError) -> Value {
    guard value < 0 else { return value }
    throw failure(Int32(-value), call)
}

/// As `check`, with EAGAIN as a value.
func checkBlocking<Value: FixedWidthInteger & SignedInteger>(
    _ value: Value, _ call: StaticString
) throws(SystemError) -> IOResult<Value> {
    guard value < 0 else { return .done(value) }
    if value == -Value(Errno.wouldBlock.rawValue) { return .wouldBlock }
    throw failure(Int32(-value), call)
}

func failure(_ number: Int32, _ call: StaticString) -> SystemError {
    let errno = Errno(rawValue: number)
    precondition(
        errno != .badDescriptor && errno != .badAddress && errno != .notSocket,
        "\(call): \(errno.name) is a mistake of this program")
    return SystemError(errno, call: "\(call)")
}
