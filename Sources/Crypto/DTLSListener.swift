import COpenSSL
package import Primitives

/// Where DTLS clients knock: answers their first ClientHello with a cookie and keeps nothing, and
/// begins a session for one that comes back with it (RFC 6347 §4.2.1).
///
/// One for each thread. The answer is shorter than any ClientHello, so that nobody can use it to
/// have others sent more than he sends himself.
package final class DTLSListener {
    private let cookies: DTLSCookies
    private var context: TLSContext
    /// The session that the next client with a cookie gets.
    private var waiting: OpaquePointer?

    package init(_ context: TLSContext, cookies: DTLSCookies) {
        precondition(context.transport == .datagram && context.role == .server, "no DTLS server")
        self.context = context
        self.cookies = cookies
    }

    deinit { drop() }

    /// New certificates, for sessions from now on.
    package func use(_ context: TLSContext) {
        precondition(context.transport == .datagram && context.role == .server, "no DTLS server")
        drop()
        self.context = context
    }

    /// Judges a datagram from a client without a session, or one that begins anew.
    ///
    /// - Returns: the session of a client that has shown its cookie; the caller goes on with
    ///   `receive` of nothing, which writes the server's first flight. Else nil: `output` has got a
    ///   datagram for the client, or nothing if this was no ClientHello.
    package func receive(
        _ datagram: UnsafeRawBufferPointer, from client: TransportAddress, at now: MonotonicTime,
        output: TLSOutput
    ) -> TLSSession? {
        guard Self.looksLikeClientHello(datagram),
            let tls = waiting ?? ts_tls_new(context.first, true)
        else { return nil }
        waiting = tls
        guard let live = cookies.cookies(for: client, at: now) else { return nil }
        output.wire.pointee.input = datagram.baseAddress?.assumingMemoryBound(to: UInt8.self)
        output.wire.pointee.input_length = datagram.count
        guard live.withUnsafeBufferPointer({ ts_dtls_listen(tls, output.wire, $0.baseAddress) })
        else { return nil }
        waiting = nil
        return TLSSession(context, tls)
    }

    /// RFC 6347 §4.3.2: a handshake record of epoch 0 that begins with a ClientHello. Cheaper than
    /// asking OpenSSL, and strangers send what they like.
    package static func looksLikeClientHello(_ datagram: UnsafeRawBufferPointer) -> Bool {
        datagram.count > 25 && datagram[0] == 22 && datagram[1] == 0xfe && datagram[3] == 0
            && datagram[4] == 0 && datagram[13] == 1
    }

    /// What tells a ClientHello sent again from that of a new handshake: its random, which is the
    /// same with and without the cookie (RFC 6347 §4.2.1). Nil for anything else.
    package static func clientRandom(of datagram: UnsafeRawBufferPointer) -> ClientRandom? {
        // Behind the headers of record and message and the version (RFC 6347 §4.1, §4.2.2).
        guard looksLikeClientHello(datagram), datagram.count >= 59 else { return nil }
        return ClientRandom(
            a: datagram.loadUnaligned(fromByteOffset: 27, as: UInt64.self),
            b: datagram.loadUnaligned(fromByteOffset: 35, as: UInt64.self),
            c: datagram.loadUnaligned(fromByteOffset: 43, as: UInt64.self),
            d: datagram.loadUnaligned(fromByteOffset: 51, as: UInt64.self))
    }

    private func drop() {
        if let waiting { ts_tls_free(waiting) }
        waiting = nil
    }
}

/// The 32 random bytes of a ClientHello.
package struct ClientRandom: Sendable, Equatable {
    let a: UInt64
    let b: UInt64
    let c: UInt64
    let d: UInt64
}
