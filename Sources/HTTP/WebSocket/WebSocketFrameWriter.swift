/// Puts frames one behind the other until they are taken to be written.
struct WebSocketFrameWriter: ~Copyable {
    /// What a client masks its frames with; nil of a server, which masks none (RFC 6455 §5.1).
    private var keys: (any RandomNumberGenerator & Sendable)?
    private var output: [UInt8] = []
    private(set) var wroteClose = false

    init(maskedWith keys: (any RandomNumberGenerator & Sendable)?) { self.keys = keys }

    /// How many bytes wait to be taken.
    var count: Int { output.count }

    /// All frames since the last time; nil when there are none.
    mutating func take() -> [UInt8]? {
        guard !output.isEmpty else { return nil }
        defer { output = [] }
        return output
    }

    /// Appends one frame, the last of its message.
    mutating func write(_ opcode: WebSocketOpcode, _ payload: Span<UInt8>) {
        let key = keys?.next()
        let header = WebSocketFrameHeader(
            opcode: opcode, mask: key.map { UInt32(truncatingIfNeeded: $0) },
            payloadLength: payload.count)
        header.append(payload, to: &output)
    }

    /// Appends a Close frame (RFC 6455 §5.5.1), its reason cut between characters where it does
    /// not fit.
    mutating func writeClose(_ code: WebSocketCloseCode?, reason: String) {
        var payload: [UInt8] = []
        if let code {
            payload = [UInt8(code.rawValue >> 8), UInt8(truncatingIfNeeded: code.rawValue)]
            for character in reason {
                let bytes = character.utf8
                guard payload.count + bytes.count <= WebSocketFrameHeader.controlBytesMax
                else { break }
                payload.append(contentsOf: bytes)
            }
        }
        write(.close, payload.span)
        wroteClose = true
    }
}
