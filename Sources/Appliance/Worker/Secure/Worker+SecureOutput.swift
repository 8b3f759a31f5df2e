import CPacket
import Crypto
import Forwarding
import LinuxIO
import Primitives
import TURN

/// Towards clients behind DTLS: a datagram is a record.
extension Worker {
    /// Encrypts what the forwarder queued for a client; `payloads` is the memory its offsets count
    /// from. A client whose handshake is under way gets nothing.
    mutating func encrypt(
        _ group: WrappedGroup, for client: SecureClient, _ payloads: UnsafeRawPointer
    ) {
        guard let session = client.session else { return }
        let headers = forwarder.transmit.headers
        var next = group.first
        while next != TS_NO_SEGMENT {
            let segment = forwarder.transmit.segments[Int(next)]
            record.removeAll(keepingCapacity: true)
            Self.append(segment, headers, payloads, to: &record)
            seal(for: client, session)
            next = segment.next
        }
    }

    /// Sends a STUN message.
    mutating func reply(_ message: ArraySlice<UInt8>, to client: SecureClient) {
        guard let session = client.session else { return }
        record.removeAll(keepingCapacity: true)
        record += message
        seal(for: client, session)
    }

    private mutating func seal(for client: SecureClient, _ session: TLSSession) {
        if secureBatch.isFull { secureBatch.flush(&sender) }
        let output = secureBatch.output
        let isSealed = record.withUnsafeBytes { session.write($0, output: output) }
        guard isSealed else { return tally.recordsDropped &+= 1 }
        secureBatch.take(for: client)
    }

    /// Says goodbye and forgets the client; what hung on it ends.
    mutating func lose(_ client: SecureClient) {
        guard secured[client.number] === client else { return }
        secured.remove(client)
        if let session = client.session {
            session.close(output: secureBatch.output)
            secureBatch.take(for: client)
        }
        server.streamClosed(client.tuple, at: now)
        carryOut()
        secureBatch.flush(&sender)
    }

    /// Ends sessions that have had no allocation for too long.
    mutating func closeIdleSecured() {
        while let client = secured.nextDue(at: now.monotonic) { lose(client) }
    }
}
