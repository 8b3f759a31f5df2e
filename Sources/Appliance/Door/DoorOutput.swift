import LinuxIO

/// What a connection has still to write: bytes of its service that TLS has not sealed yet, and
/// bytes that are ready for the wire.
struct DoorOutput {
    private var plain = Waiting()
    private var wire = Waiting()

    /// How much is sealed at a time: four records, so that a long response is not held twice.
    private static let sealBytes = 65_536

    var isEmpty: Bool { plain.isEmpty && wire.isEmpty }
    var count: Int { plain.count + wire.count }

    /// Adds what the service says.
    mutating func append(_ bytes: [UInt8]) { plain.append(bytes) }

    /// Adds what TLS itself says, which is sealed already.
    mutating func appendSealed(_ bytes: UnsafeRawBufferPointer) { wire.append(bytes) }

    /// Writes as much as there is room for.
    ///
    /// - Parameter seal: turns plain bytes into those for the wire, valid until its next call; nil
    ///   for a connection without TLS. Its own nil is a failure, as is a throw.
    mutating func flush(
        to socket: TCPHandle, seal: ((UnsafeRawBufferPointer) -> UnsafeRawBufferPointer?)?
    ) throws(SystemError) {
        try wire.flush(to: socket)
        guard let seal else { return try plain.flush(to: socket) }
        while wire.isEmpty, !plain.isEmpty {
            let sealed = plain.take(Self.sealBytes) { bytes in
                guard let sealed = seal(bytes) else { return false }
                wire.append(sealed)
                return true
            }
            guard sealed else { throw SystemError(.brokenPipe, call: "TLS") }
            try wire.flush(to: socket)
        }
    }
}

/// Bytes in a row, taken from the front without moving the rest.
private struct Waiting {
    private var bytes: [UInt8] = []
    private var start = 0

    var isEmpty: Bool { start == bytes.count }
    var count: Int { bytes.count - start }

    mutating func append(_ more: [UInt8]) {
        if isEmpty {
            bytes = more
            start = 0
        } else {
            bytes += more
        }
    }

    mutating func append(_ more: UnsafeRawBufferPointer) { append(Array(more)) }

    /// Gives the first bytes, at most `max`, to `body` and drops them if that says true.
    mutating func take(_ max: Int, _ body: (UnsafeRawBufferPointer) -> Bool) -> Bool {
        let count = min(max, self.count)
        let isTaken = bytes.withUnsafeBytes { all in
            body(UnsafeRawBufferPointer(rebasing: all[start..<start + count]))
        }
        if isTaken { drop(count) }
        return isTaken
    }

    mutating func flush(to socket: TCPHandle) throws(SystemError) {
        while !isEmpty {
            let result = bytes.withUnsafeBytes { all in
                Result { () throws(SystemError) in
                    try socket.write(UnsafeRawBufferPointer(rebasing: all[start...]))
                }
            }
            guard case .done(let count) = try result.get() else { return }
            drop(count)
        }
    }

    private mutating func drop(_ count: Int) {
        start += count
        guard isEmpty else { return }
        // An idle connection keeps no buffer.
        bytes = []
        start = 0
    }
}
