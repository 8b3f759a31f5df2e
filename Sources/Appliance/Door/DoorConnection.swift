import Crypto
import HTTP
import LinuxIO
import Primitives
import Reception
import TURN

/// One connection at the door, from its accept until a worker has it or it ends: finds out who
/// comes and what it speaks, and serves it if that is HTTP.
final class DoorConnection {
    enum Stage {
        /// For the header of a trusted proxy.
        case awaitingProxy
        /// For the first bytes as they came.
        case sniffing
        case handshaking
        /// For the first bytes out of TLS.
        case sniffingDecrypted
        /// STUN, and what was written has to leave before a worker gets it; nil: any worker.
        case leaving(WorkerID?)
        case http(HTTPConversation)
        case webSocket(WebSocketConversation)
    }

    /// What is to become of the connection.
    enum Outcome {
        case stay
        /// Its output leaves at the end of the turn: until then other clients may say something
        /// to it, and all of that takes one write.
        case later
        case handOver(WorkerID?)
        case close
        case refuse(ConnectionRefusal)
    }

    let socket: TCPHandle
    let place: ConnectionPlace
    private(set) var client: TransportAddress
    private(set) var stage: Stage
    /// The slot of the endpoint it came by.
    private let endpoint: Int
    private let number: Int
    private var tls: TLSSession?
    /// What came and nobody has taken, decrypted if TLS it is.
    private var received: [UInt8] = []
    private var output = DoorOutput()
    private let receptionDeadline: MonotonicTime
    private var handshakeBegan = MonotonicTime.never
    private var hasEnded = false
    /// Nothing more will be written; the socket is told once the rest has left.
    private var endsOutput = false

    /// `number`: by which `DoorTools.wake` knows it.
    init(
        _ socket: TCPHandle, from client: TransportAddress, endpoint: Int, number: Int,
        place: ConnectionPlace, _ tools: DoorTools, at now: MonotonicTime
    ) {
        self.socket = socket
        self.client = client
        self.endpoint = endpoint
        self.number = number
        self.place = place
        stage = tools.endpoints[endpoint].expectsProxyHeader ? .awaitingProxy : .sniffing
        receptionDeadline = now + tools.settings.receptionTime
    }

    /// What to wait for.
    var interest: Readiness {
        var interest: Readiness = wantsInput ? .readable : []
        if !output.isEmpty { interest.insert(.writable) }
        return interest
    }

    var deadline: MonotonicTime {
        switch stage {
        case .awaitingProxy, .sniffing, .handshaking, .sniffingDecrypted, .leaving:
            receptionDeadline
        case .http(let conversation): conversation.nextDeadline
        case .webSocket(let conversation): conversation.nextDeadline
        }
    }

    /// The parcel for a worker. The caller takes the socket out of its epoll first.
    func parcel(_ tools: DoorTools) -> StreamParcel {
        StreamParcel(
            socket: socket, session: tls, client: client,
            listener: tls == nil ? ListenerIndex.tcp(endpoint) : ListenerIndex.tls(endpoint),
            unread: received, place: place)
    }

    /// Acts on an event of its socket: one read at most, so that no client keeps the thread.
    func serve(_ readiness: Readiness, _ tools: DoorTools, at now: Now) -> Outcome {
        let isReadable = !readiness.isDisjoint(with: [.readable, .hangup, .error])
        if wantsInput, isReadable {
            let outcome = read(tools, at: now)
            guard case .stay = outcome else { return outcome }
            if case .webSocket(let conversation) = stage {
                return answer(conversation, tools, at: now)
            }
        } else if !readiness.isDisjoint(with: [.hangup, .error]) {
            // Reported unasked, and for ever: nobody is there to read the rest.
            return .close
        }
        return settle(tools, at: now)
    }

    private func answer(
        _ conversation: WebSocketConversation, _ tools: DoorTools, at now: Now
    ) -> Outcome {
        conversation.reportUnsent(output.count, at: now.monotonic)
        let step = conversation.drive(&output, tools, at: now.monotonic)
        if case .wait = step, !output.isEmpty {
            tools.wake(number)
            return .later
        }
        return follow(step, wroteMore: true, tools, at: now) ?? settle(tools, at: now)
    }

    /// Acts on a deadline that has passed, or on what its service did meanwhile.
    func tick(_ tools: DoorTools, at now: Now) -> Outcome {
        switch stage {
        case .awaitingProxy, .sniffing, .handshaking, .sniffingDecrypted, .leaving:
            if receptionDeadline <= now.monotonic { return .refuse(.tooSlow) }
        case .http(let conversation): conversation.tick(at: now.monotonic)
        case .webSocket(let conversation): conversation.tick(at: now.monotonic)
        }
        return settle(tools, at: now)
    }

    /// The server stops: a WebSocket gets a Close frame, if its socket has room for it.
    func sayGoodbye(_ tools: DoorTools, at now: Now) {
        guard case .webSocket(let conversation) = stage else { return }
        conversation.goAway(at: now.monotonic)
        _ = settle(tools, at: now)
    }

    /// The connection is about to be closed: its service and, if that can be, its client are told.
    func end(_ tools: DoorTools) {
        if case .webSocket(let conversation) = stage { conversation.end(.lost, tools) }
        guard let tls, output.isEmpty else { return }
        tls.close(output: tools.sealed)
        takeSealed(tools)
        _ = flush(tools)
    }

    private var wantsInput: Bool {
        guard !hasEnded else { return false }
        switch stage {
        case .awaitingProxy, .sniffing, .handshaking, .sniffingDecrypted: return true
        case .leaving: return false
        case .http(let conversation): return conversation.wantsInput
        case .webSocket(let conversation): return conversation.wantsInput
        }
    }

    private func read(_ tools: DoorTools, at now: Now) -> Outcome {
        let result = Result { () throws(SystemError) in try socket.read(into: tools.scratch) }
        switch result {
        case .failure: return .close
        case .success(.wouldBlock): return .stay
        case .success(.done(0)): return receiveEnd(at: now)
        case .success(.done(let count)):
            let bytes = UnsafeRawBufferPointer(rebasing: tools.scratch[..<count])
            guard let tls else { return receive(bytes, tools, at: now) }
            return decrypt(bytes, tls, tools, at: now)
        }
    }

    private func receiveEnd(at now: Now) -> Outcome {
        hasEnded = true
        switch stage {
        case .awaitingProxy, .sniffing, .handshaking, .sniffingDecrypted, .leaving: return .close
        case .http(let conversation): conversation.receiveEnd(at: now.monotonic)
        case .webSocket(let conversation): conversation.receiveEnd(at: now.monotonic)
        }
        return .stay
    }

    private func decrypt(
        _ bytes: UnsafeRawBufferPointer, _ tls: TLSSession, _ tools: DoorTools, at now: Now
    ) -> Outcome {
        let progress = tls.receive(bytes, into: tools.plain, output: tools.sealed)
        takeSealed(tools)
        switch progress {
        case .failed(let reason): return failTLS(reason, tools)
        case .open(let count), .closed(let count):
            if case .handshaking = stage, tls.isEstablished {
                tools.counters.countHandshake(
                    nanoseconds: now.monotonic.nanoseconds(since: handshakeBegan))
                stage = .sniffingDecrypted
            }
            if count > 0 {
                let plain = UnsafeRawBufferPointer(rebasing: tools.plain[..<count])
                let outcome = receive(plain, tools, at: now)
                guard case .stay = outcome else { return outcome }
            }
        }
        if case .closed = progress { return receiveEnd(at: now) }
        return .stay
    }

    /// An alert that says why may be in the output.
    private func failTLS(_ reason: String, _ tools: DoorTools) -> Outcome {
        try? output.flush(to: socket, seal: { _ in nil })
        guard case .handshaking = stage else { return .close }
        tools.counters.countFailedHandshake(reason)
        return .refuse(.handshake)
    }

    private func takeSealed(_ tools: DoorTools) {
        if !tools.sealed.isEmpty { output.appendSealed(tools.sealed.bytes) }
        tools.sealed.removeAll()
    }

    /// Takes bytes as the client's application sent them.
    private func receive(
        _ bytes: UnsafeRawBufferPointer, _ tools: DoorTools, at now: Now
    ) -> Outcome {
        switch stage {
        case .awaitingProxy:
            received.append(contentsOf: bytes)
            return readProxyHeader(tools, at: now)
        case .sniffing:
            received.append(contentsOf: bytes)
            return sniff(tools, at: now)
        case .sniffingDecrypted:
            received.append(contentsOf: bytes)
            return sniffDecrypted(tools, at: now)
        case .handshaking, .leaving: received.append(contentsOf: bytes)
        case .http(let conversation): conversation.receive(bytes, at: now.monotonic)
        case .webSocket(let conversation): conversation.receive(bytes, at: now.monotonic)
        }
        return .stay
    }

    private func readProxyHeader(_ tools: DoorTools, at now: Now) -> Outcome {
        switch ProxyHeader.read(received.span) {
        case .incomplete: return .stay
        case .invalid: return .refuse(.noProxyHeader)
        case .header(let header):
            if let addresses = header.addresses { client = addresses.client }
            do throws(ConnectionRefusal) {
                try place.identify(client.ip)
            } catch {
                // Counted by the ledger already.
                return .close
            }
            received.removeFirst(header.length)
            stage = .sniffing
            return sniff(tools, at: now)
        }
    }

    private func sniff(_ tools: DoorTools, at now: Now) -> Outcome {
        switch FirstBytes.classify(received.span, isDecrypted: false) {
        case .incomplete: return .stay
        case .unknown: return .refuse(.unknownProtocol)
        case .tls:
            guard tools.settings.served.tls, let context = tools.contexts.stream else {
                return .refuse(.notServed)
            }
            guard ClientHello.isWhole(received.span) else { return .stay }
            return beginTLS(context, tools, at: now)
        case .stun: return tools.settings.served.tcp ? admitSTUN(tools) : .refuse(.notServed)
        case .http:
            guard tools.settings.served.tcp else { return .refuse(.notServed) }
            return admitHTTP(tools, at: now)
        }
    }

    private func beginTLS(_ context: TLSContext, _ tools: DoorTools, at now: Now) -> Outcome {
        guard let tls = TLSSession(context) else { return .refuse(.noResources) }
        self.tls = tls
        stage = .handshaking
        handshakeBegan = now.monotonic
        let bytes = received
        received = []
        return bytes.withUnsafeBytes { decrypt($0, tls, tools, at: now) }
    }

    private func sniffDecrypted(_ tools: DoorTools, at now: Now) -> Outcome {
        let agreed = tls?.chosenProtocol.flatMap(FirstBytes.ApplicationProtocol.init)
        switch FirstBytes.classify(received.span, isDecrypted: true, agreed: agreed) {
        case .incomplete: return .stay
        case .unknown, .tls: return .refuse(.unknownProtocol)
        case .stun: return admitSTUN(tools)
        case .http: return admitHTTP(tools, at: now)
        }
    }

    private func admitSTUN(_ tools: DoorTools) -> Outcome {
        guard tools.settings.takesSTUN else { return .refuse(.notServed) }
        switch FirstMessage.read(received.span) {
        case .incomplete: return .stay
        case .other: stage = .leaving(nil)
        case .bind(let connection): stage = .leaving(Server.worker(ofConnection: connection))
        }
        return .stay
    }

    private func admitHTTP(_ tools: DoorTools, at now: Now) -> Outcome {
        place.establish()
        let conversation = HTTPConversation(
            limits: tools.settings.http, client: client, isSecure: tls != nil,
            at: now.monotonic)
        stage = .http(conversation)
        let bytes = received
        received = []
        bytes.withUnsafeBytes { conversation.receive($0, at: now.monotonic) }
        return .stay
    }

    /// Does everything that can be done now.
    private func settle(_ tools: DoorTools, at now: Now) -> Outcome {
        while true {
            guard flush(tools) else { return .close }
            switch stage {
            case .awaitingProxy, .sniffing, .handshaking, .sniffingDecrypted: return .stay
            case .leaving(let worker): return output.isEmpty ? .handOver(worker) : .stay
            case .http(let conversation):
                let before = output.count
                if output.isEmpty { conversation.finishSend(at: now.monotonic) }
                let step = conversation.drive(&output, number: number, tools, at: now)
                if let outcome = follow(step, wroteMore: output.count > before, tools, at: now) {
                    return outcome
                }
            case .webSocket(let conversation):
                let before = output.count
                conversation.reportUnsent(output.count, at: now.monotonic)
                let step = conversation.drive(&output, tools, at: now.monotonic)
                if let outcome = follow(step, wroteMore: output.count > before, tools, at: now) {
                    return outcome
                }
            }
        }
    }

    /// Nil to go on.
    private func follow(
        _ step: ConversationStep, wroteMore: Bool, _ tools: DoorTools, at now: Now
    ) -> Outcome? {
        switch step {
        case .wait: return wroteMore ? nil : .stay
        case .close: return .close
        case .endOutput: endOutput(tools)
        case .upgraded(let webSocket):
            stage = .webSocket(webSocket)
            webSocket.open(tools, at: now.monotonic)
            // A TLS client may end together with its request.
            if hasEnded { webSocket.receiveEnd(at: now.monotonic) }
        }
        return nil
    }

    /// False when the connection is broken.
    private func flush(_ tools: DoorTools) -> Bool {
        do throws(SystemError) {
            guard let tls else {
                try output.flush(to: socket, seal: nil)
                return try finishOutput()
            }
            try output.flush(to: socket) { plain in
                tools.sealed.removeAll()
                return tls.write(plain, output: tools.sealed) ? tools.sealed.bytes : nil
            }
            tools.sealed.removeAll()
            return try finishOutput()
        } catch {
            return false
        }
    }

    private func finishOutput() throws(SystemError) -> Bool {
        if endsOutput, output.isEmpty {
            endsOutput = false
            try socket.shutdownWriting()
        }
        return true
    }

    private func endOutput(_ tools: DoorTools) {
        tls?.close(output: tools.sealed)
        takeSealed(tools)
        endsOutput = true
    }
}
