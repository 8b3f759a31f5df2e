import COpenSSL

/// How a session stands after `receive`, and how much plaintext it wrote.
package enum TLSProgress: Sendable, Equatable {
    /// Goes on, in the handshake or after it.
    case open(Int)
    /// The other side said that it will send no more (close_notify).
    case closed(Int)
    /// It is over; an alert may stand in the output. The reason is OpenSSL's, for the log.
    case failed(String)
}

/// One TLS or DTLS connection without its socket.
///
/// It may move between threads and is used by one at a time. While it is idle it holds no buffers:
/// bytes come and go through the caller's memory, and a record that is not complete yet is all
/// that it keeps.
package final class TLSSession: @unchecked Sendable {
    /// Beside one byte for each from the wire: the longest record (RFC 8446 §5.2), which may have
    /// waited inside for its last byte.
    package static let plainMargin = 16_640

    /// A handshake that has not ended after so many bytes from the other side is none. A server's
    /// chain is longer than what a client sends; both are well below.
    private static let handshakeBytesMax = 64 * 1024

    private let context: TLSContext
    let tls: OpaquePointer
    /// For TLS servers: the first record until it is whole; nil from then on. With one byte of it
    /// OpenSSL would take 70 KB, and whoever sends it may never send another.
    private var firstRecord: [UInt8]?
    private var handshakeBytes: Int32 = 0
    private var isOver = false

    /// nil when memory ran out, and for a client that trusts nobody without a name.
    package convenience init?(_ context: TLSContext) {
        guard !context.verifies else { return nil }
        self.init(anyone: context)
    }

    /// A client that asks for `serverName` (SNI) and may come back with what an earlier session was
    /// given. It begins with `receive` of nothing. Where the context wants somebody to vouch for
    /// the server, its certificate must be good for the name, or the address, as well.
    package convenience init?(
        _ context: TLSContext, serverName: String, resuming: TLSResumption? = nil
    ) {
        self.init(anyone: context)
        if context.verifies {
            guard !serverName.isEmpty, ts_tls_expect(tls, serverName) else { return nil }
        } else {
            guard serverName.isEmpty || ts_tls_ask_for(tls, serverName) else { return nil }
        }
        if let resuming, !ts_tls_resume(tls, resuming.raw) { return nil }
    }

    private convenience init?(anyone context: TLSContext) {
        guard let tls = ts_tls_new(context.first, context.role == .server) else { return nil }
        self.init(context, tls)
    }

    init(_ context: TLSContext, _ tls: OpaquePointer) {
        self.context = context
        self.tls = tls
        firstRecord = context.transport == .stream && context.role == .server ? [] : nil
    }

    deinit { ts_tls_free(tls) }

    package var transport: TLSTransport { context.transport }

    /// Whether the handshake is done, so that `write` works.
    package var isEstablished: Bool { !isOver && ts_tls_is_established(tls) }

    /// Takes bytes from the wire, all of them (for DTLS: one datagram).
    ///
    /// - Parameters:
    ///   - plain: has room for `wire.count + plainMargin` bytes.
    ///   - output: gets what has to go to the other side, also when the session fails.
    package func receive(
        _ wire: UnsafeRawBufferPointer, into plain: UnsafeMutableRawBufferPointer,
        output: TLSOutput
    ) -> TLSProgress {
        precondition(plain.count >= wire.count + Self.plainMargin, "no room for the plaintext")
        guard !isOver else { return .failed("the session is over") }
        guard var begun = firstRecord else { return take(wire, into: plain, output: output) }
        begun += wire
        firstRecord = begun
        guard Self.isWhole(begun) else { return .open(0) }
        firstRecord = nil
        return begun.withUnsafeBytes { take($0, into: plain, output: output) }
    }

    /// Whether bytes hold a whole record, or none: OpenSSL then says what is wrong.
    private static func isWhole(_ bytes: [UInt8]) -> Bool {
        // RFC 8446 §5.1: a handshake is type 22; type, version and length take five bytes.
        guard bytes.first == 22 else { return !bytes.isEmpty }
        guard bytes.count >= 5 else { return false }
        let length = Int(bytes[3]) << 8 | Int(bytes[4])
        return bytes.count >= 5 + length || length > plainMargin
    }

    private func take(
        _ wire: UnsafeRawBufferPointer, into plain: UnsafeMutableRawBufferPointer,
        output: TLSOutput
    ) -> TLSProgress {
        output.wire.pointee.input = wire.baseAddress?.assumingMemoryBound(to: UInt8.self)
        output.wire.pointee.input_length = wire.count
        var count = 0
        let progress = ts_tls_receive(
            tls, output.wire, plain.baseAddress?.assumingMemoryBound(to: UInt8.self), plain.count,
            &count)
        switch progress {
        case Int32(TS_TLS_OPEN.rawValue): return stillOpen(count, after: wire.count)
        case Int32(TS_TLS_CLOSED.rawValue): return .closed(count)
        default:
            isOver = true
            return .failed(failure())
        }
    }

    private func failure() -> String {
        let reason = TLSFailure.takeReason()
        guard context.verifies, let distrust = ts_tls_distrust(tls) else { return reason }
        return "\(reason): \(String(cString: distrust))"
    }

    private func stillOpen(_ count: Int, after wireCount: Int) -> TLSProgress {
        guard !ts_tls_is_established(tls) else { return .open(count) }
        handshakeBytes &+= Int32(clamping: wireCount)
        guard handshakeBytes > Self.handshakeBytesMax else { return .open(count) }
        isOver = true
        return .failed("the handshake does not end")
    }

    /// Encrypts, in records of at most 16 KiB (for DTLS: one record), and appends to `output`.
    /// False before the handshake is done, after a failure or a close, or for a datagram that is
    /// longer than a record: nothing was written then.
    package func write(_ plain: UnsafeRawBufferPointer, output: TLSOutput) -> Bool {
        guard !isOver else { return false }
        return ts_tls_write(
            tls, output.wire, plain.baseAddress?.assumingMemoryBound(to: UInt8.self), plain.count)
    }

    /// Says that nothing more will be written (close_notify).
    package func close(output: TLSOutput) {
        guard !isOver else { return }
        ts_tls_close(tls, output.wire)
    }

    /// For DTLS: nanoseconds until `handleTimeout`, by OpenSSL's own clock; nil when no handshake
    /// message waits for an answer.
    package var nextTimeout: UInt64? {
        var microseconds: Int64 = 0
        guard !isOver, ts_dtls_timeout(tls, &microseconds) else { return nil }
        return UInt64(clamping: microseconds) * 1000
    }

    /// For DTLS: sends again what is due, if it is. False when that was in vain too often.
    package func handleTimeout(output: TLSOutput) -> Bool {
        guard !isOver, ts_dtls_handle_timeout(tls, output.wire) else {
            isOver = true
            return false
        }
        return true
    }

    /// The protocol agreed on by ALPN.
    package var chosenProtocol: String? {
        var name: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        ts_tls_chosen_protocol(tls, &name, &length)
        guard let name, length > 0 else { return nil }
        return String(
            decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
    }

    /// The name that the client asked for.
    package var serverName: String? { ts_tls_server_name(tls).map { String(cString: $0) } }

    /// `TLSv1.3` or the like.
    package var version: String { ts_tls_version(tls).map { String(cString: $0) } ?? "unknown" }

    /// The cipher suite, once one is agreed on.
    package var cipher: String? { ts_tls_cipher(tls).map { String(cString: $0) } }

    /// Whether the handshake was shortened by a ticket.
    package var isResumed: Bool { ts_tls_is_resumed(tls) }

    /// For clients: the certificate that the server showed; nobody has verified it.
    package var peerCertificate: TLSCertificate? {
        guard let chain = ts_tls_peer_chain(tls) else { return nil }
        defer { ts_chain_free(chain) }
        return TLSCertificate(chain: chain, file: "the server's answer")
    }

    /// For clients whose context demands no trust: why nobody vouches for the server, in OpenSSL's
    /// words; nil when somebody does. Whether its certificate is good for the name is not asked.
    package var distrust: String? { ts_tls_distrust(tls).map { String(cString: $0) } }

    /// For clients: what to come back with; nil when the server has given nothing (yet).
    package func takeResumption() -> TLSResumption? {
        ts_tls_take_resumption(tls).map { TLSResumption($0) }
    }
}

/// A client's memory of a session, for a shorter handshake.
package final class TLSResumption {
    let raw: OpaquePointer

    init(_ raw: OpaquePointer) { self.raw = raw }

    deinit { ts_tls_resumption_free(raw) }
}
