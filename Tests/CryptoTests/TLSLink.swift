@testable import Crypto

/// A client and a server in memory, and the wire between them.
final class TLSLink {
    let client: TLSSession
    let server: TLSSession
    let output = TLSOutput()
    /// What each side has decrypted.
    var atClient: [UInt8] = []
    var atServer: [UInt8] = []
    /// What each side sent and the other has not seen.
    var toServer: [UInt8] = []
    var toClient: [UInt8] = []
    /// Every byte that went each way.
    var bytesToServer = 0
    var bytesToClient = 0
    var clientEnd: TLSProgress?
    var serverEnd: TLSProgress?

    init?(
        _ client: TLSContext, _ server: TLSContext, name: String = "turn.example.org",
        resuming: TLSResumption? = nil, prepare: (OpaquePointer) -> Void = { _ in }
    ) {
        guard let session = TLSSession(client, serverName: name, resuming: resuming),
            let accepting = TLSSession(server)
        else { return nil }
        self.client = session
        self.server = accepting
        prepare(session.tls)
        feedClient([])
    }

    /// Carries bytes until both sides have nothing to say, at most `piece` at a time.
    func run(piece: Int = .max) {
        while !toServer.isEmpty || !toClient.isEmpty {
            while !toServer.isEmpty { feedServer(take(&toServer, piece)) }
            while !toClient.isEmpty { feedClient(take(&toClient, piece)) }
        }
    }

    func feedClient(_ wire: [UInt8]) {
        bytesToClient += wire.count
        if let end = feed(client, wire, &atClient, &toServer) { clientEnd = end }
    }

    func feedServer(_ wire: [UInt8]) {
        bytesToServer += wire.count
        if let end = feed(server, wire, &atServer, &toClient) { serverEnd = end }
    }

    func clientSends(_ plain: [UInt8]) -> Bool { send(client, plain, &toServer) }
    func serverSends(_ plain: [UInt8]) -> Bool { send(server, plain, &toClient) }

    func clientCloses() {
        client.close(output: output)
        toServer += output.bytes
        output.removeAll()
    }

    private func send(_ session: TLSSession, _ plain: [UInt8], _ wire: inout [UInt8]) -> Bool {
        let written = plain.withUnsafeBytes { session.write($0, output: output) }
        wire += output.bytes
        output.removeAll()
        return written
    }

    private func feed(
        _ session: TLSSession, _ wire: [UInt8], _ plain: inout [UInt8], _ answer: inout [UInt8]
    ) -> TLSProgress? {
        let space = UnsafeMutableRawBufferPointer.allocate(
            byteCount: wire.count + TLSSession.plainMargin, alignment: 1)
        defer { space.deallocate() }
        let progress = wire.withUnsafeBytes { session.receive($0, into: space, output: output) }
        answer += output.bytes
        output.removeAll()
        switch progress {
        case .open(let count):
            plain += space[..<count]
            return nil
        case .closed(let count):
            plain += space[..<count]
            return progress
        case .failed: return progress
        }
    }

    private func take(_ bytes: inout [UInt8], _ piece: Int) -> [UInt8] {
        let part = Array(bytes.prefix(piece))
        bytes.removeFirst(part.count)
        return part
    }
}
