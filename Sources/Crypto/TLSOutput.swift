import COpenSSL

/// Where sessions put their bytes for the wire: one for each thread, lent to the session at work.
///
/// Bytes of several calls and of several sessions may gather in it; the caller says `removeAll`.
/// Not `Sendable`: it belongs to one thread.
package final class TLSOutput {
    /// Memory kept for the next use: as much as a busy turn of a worker encrypts.
    package static let keptBytes = 256 * 1024

    let wire: UnsafeMutablePointer<ts_tls_wire>

    package init() {
        guard let wire = ts_tls_wire_new() else { fatalError("out of memory") }
        self.wire = wire
    }

    deinit { ts_tls_wire_free(wire) }

    /// What was written since `removeAll`; valid until the next call that writes or removes.
    package var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: wire.pointee.output, count: wire.pointee.output_length)
    }

    package var count: Int { wire.pointee.output_length }
    package var isEmpty: Bool { wire.pointee.output_length == 0 }

    /// How many datagrams DTLS sessions wrote since `removeAll`.
    package var datagramCount: Int { wire.pointee.output_end_count }

    /// A datagram of a DTLS session; valid as long as `bytes`.
    package func datagram(_ index: Int) -> UnsafeRawBufferPointer {
        precondition(index < wire.pointee.output_end_count, "no such datagram")
        let ends = UnsafeBufferPointer(
            start: wire.pointee.output_ends, count: wire.pointee.output_end_count)
        let start = index == 0 ? 0 : Int(ends[index - 1])
        return UnsafeRawBufferPointer(rebasing: bytes[start..<Int(ends[index])])
    }

    /// How many records the last `receive` of a DTLS session decrypted: one message each.
    package var plainRecordCount: Int { wire.pointee.plain_end_count }

    /// Where the plaintext of such a record lies in what `receive` filled.
    package func plainRecord(_ index: Int) -> Range<Int> {
        precondition(index < wire.pointee.plain_end_count, "no such record")
        return withUnsafeBytes(of: &wire.pointee.plain_ends) { bytes in
            let ends = bytes.bindMemory(to: UInt32.self)
            return (index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])
        }
    }

    /// Forgets what was written; memory beyond `keptBytes` goes back.
    package func removeAll() { ts_tls_wire_clear(wire, Self.keptBytes) }
}
