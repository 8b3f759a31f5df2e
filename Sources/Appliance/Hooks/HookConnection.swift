import Crypto
import HTTP
import LinuxIO
import Primitives
import Signaling

/// What a connection is used for.
enum HookJob: Sendable {
    case delivery(HookDelivery)
    case question(ResolutionID)
}

/// One connection to a hook: from the name of its host to the response, and again for the next
/// request. Never blocks; its owner waits for the socket and keeps the deadlines.
final class HookConnection {
    /// How far it is after something happened.
    enum Progress {
        case goesOn
        case answered(HTTPResponse)
        /// No response; the reason is for people.
        case failed(String)
    }

    private enum Step {
        case resolving
        case connecting
        case securing
        case exchanging
        case idle
    }

    let token: UInt64
    let target: HookTarget
    private(set) var job: HookJob?
    /// When the job must be done; without one: when the connection is closed.
    private(set) var deadline = MonotonicTime.never
    /// Nil before the first try to connect.
    private(set) var socket: TCPHandle?
    /// Whether an earlier request was answered on it. Servers close such connections at any time:
    /// a request that meets this was never read.
    private(set) var hasServed = false

    private var step = Step.resolving
    private let context: TLSContext?
    private var tls: TLSSession?
    private var candidates: ArraySlice<TransportAddress> = []
    private var addressDeadline = MonotonicTime.never
    private(set) var request: [UInt8] = []
    private var outgoing: [UInt8] = []
    private var sent = 0
    private var parser = HTTPResponseParser(limits: HookConnection.limits)
    private var hasSurplus = false

    private static let limits = {
        var limits = HTTPLimits()
        limits.bodyBytesMax = HookRules.responseBytesMax
        return limits
    }()

    /// - Parameter context: nil where the target is not secure.
    init(token: UInt64, target: HookTarget, context: TLSContext?) {
        self.token = token
        self.target = target
        self.context = target.url.isSecure ? context : nil
    }

    var isResolving: Bool { step == .resolving }
    var isIdle: Bool { step == .idle }

    /// The next moment at which `tick` has something to do.
    var nextDeadline: MonotonicTime { min(deadline, addressDeadline) }

    /// Whether the failure of this request is only that the connection had been closed before.
    var wasStale: Bool { hasServed && !parser.hasBegun }

    func begin(_ job: HookJob, _ request: [UInt8], deadline: MonotonicTime) {
        self.job = job
        self.request = request
        self.deadline = deadline
        parser = HTTPResponseParser(limits: Self.limits)
        hasSurplus = false
    }

    /// Another request on a connection that stands.
    func reuse(_ scratch: TLSScratch) -> Progress {
        step = .exchanging
        return sendRequest(scratch)
    }

    /// Tries the addresses one after the other.
    func connect(
        to addresses: [TransportAddress], _ epoll: borrowing Epoll, at now: MonotonicTime
    ) -> Progress {
        candidates = addresses[...]
        return connectNext(epoll, "no address", at: now)
    }

    private func connectNext(
        _ epoll: borrowing Epoll, _ reason: String, at now: MonotonicTime
    ) -> Progress {
        var reason = reason
        while let address = candidates.popFirst() {
            close()
            do throws(SystemError) {
                let socket = try TCPHandle.connect(to: address)
                self.socket = socket
                try socket.setNoDelay(true)
                try epoll.add(
                    socket.raw, [.readable, .writable, .peerClosed, .edge], token: token)
                step = .connecting
                addressDeadline =
                    candidates.isEmpty ? .never : now + HookRules.addressPatience
                return .goesOn
            } catch {
                reason = "\(address): \(error)"
            }
        }
        close()
        return .failed(reason)
    }

    /// Gives an address up that takes too long, and the job at its deadline.
    func tick(_ epoll: borrowing Epoll, at now: MonotonicTime) -> Progress {
        if deadline <= now { return .failed("no response in time") }
        if addressDeadline <= now {
            addressDeadline = .never
            return connectNext(epoll, "no connection in time", at: now)
        }
        return .goesOn
    }

    /// Does what the socket lets it do.
    func serve(
        _ epoll: borrowing Epoll, _ scratch: TLSScratch, at now: MonotonicTime
    ) -> Progress {
        guard let socket else { return .goesOn }
        if step == .connecting {
            do throws(SystemError) {
                guard try socket.connectResult() else { return .goesOn }
                target.prefer(try socket.peerAddress())
            } catch {
                return connectNext(epoll, "\(error)", at: now)
            }
            addressDeadline = .never
            return greet(scratch)
        }
        flush()
        return read(scratch)
    }

    /// The connection stands.
    private func greet(_ scratch: TLSScratch) -> Progress {
        guard let context else {
            step = .exchanging
            return sendRequest(scratch)
        }
        guard let session = TLSSession(context, serverName: target.url.host) else {
            return .failed("no TLS session could be made")
        }
        tls = session
        step = .securing
        return take(UnsafeRawBufferPointer(rebasing: scratch.wire[..<0]), scratch)
    }

    private func sendRequest(_ scratch: TLSScratch) -> Progress {
        if let tls {
            let written = request.withUnsafeBytes { tls.write($0, output: scratch.output) }
            takeOutput(scratch)
            guard written else { return .failed("TLS failed") }
        } else {
            outgoing += request
        }
        flush()
        return .goesOn
    }

    private func takeOutput(_ scratch: TLSScratch) {
        outgoing += scratch.output.bytes
        scratch.output.removeAll()
    }

    /// A peer that takes no more may have said why: reading goes on and finds the end.
    private func flush() {
        guard let socket, sent < outgoing.count else { return }
        while sent < outgoing.count {
            let result = outgoing.withUnsafeBytes { bytes in
                try? socket.write(UnsafeRawBufferPointer(rebasing: bytes[sent...]))
            }
            guard case .done(let count) = result else { break }
            sent += count
        }
        guard sent == outgoing.count else { return }
        outgoing.removeAll(keepingCapacity: true)
        sent = 0
    }

    /// Reads until there is no more. That it ends is for the parser's bounds, and those of TLS.
    private func read(_ scratch: TLSScratch) -> Progress {
        while let socket {
            let result: IOResult<Int>
            do throws(SystemError) {
                result = try socket.read(into: scratch.wire)
            } catch {
                return .failed("\(error)")
            }
            guard case .done(let count) = result else { return .goesOn }
            guard count > 0 else { return end(isTold: tls == nil) }
            let wire = UnsafeRawBufferPointer(rebasing: scratch.wire[..<count])
            let progress = tls == nil ? parse(wire) : take(wire, scratch)
            guard case .goesOn = progress else { return progress }
        }
        return .goesOn
    }

    /// Bytes of TLS.
    private func take(_ wire: UnsafeRawBufferPointer, _ scratch: TLSScratch) -> Progress {
        guard let tls else { return .failed("TLS failed") }
        let progress = tls.receive(wire, into: scratch.plain, output: scratch.output)
        takeOutput(scratch)
        flush()
        switch progress {
        case .failed(let reason): return .failed("TLS: \(reason)")
        case .closed(let count):
            let answer = parse(UnsafeRawBufferPointer(rebasing: scratch.plain[..<count]))
            guard case .goesOn = answer else { return answer }
            return end(isTold: true)
        case .open(let count):
            if step == .securing, tls.isEstablished {
                step = .exchanging
                let progress = sendRequest(scratch)
                guard case .goesOn = progress else { return progress }
            }
            return parse(UnsafeRawBufferPointer(rebasing: scratch.plain[..<count]))
        }
    }

    private func parse(_ bytes: UnsafeRawBufferPointer) -> Progress {
        guard !bytes.isEmpty else { return .goesOn }
        guard step == .exchanging else { return .failed("bytes that nobody asked for") }
        do throws(HTTPRefusal) {
            let bytes = Span(_unsafeElements: bytes.bindMemory(to: UInt8.self))
            let used = try parser.receive(bytes)
            hasSurplus = used < bytes.count
        } catch {
            return .failed("no HTTP: \(error.rawValue)")
        }
        guard let response = parser.complete else { return .goesOn }
        return .answered(response)
    }

    /// The other side sends no more. A body that ends with the connection is whole only if the
    /// end was told: in TLS anybody on the way can cut a connection off (RFC 8446 §6.1).
    private func end(isTold: Bool) -> Progress {
        guard step == .exchanging, isTold, parser.hasBegun else {
            return .failed("the connection was closed")
        }
        do throws(HTTPRefusal) {
            try parser.receiveEnd()
        } catch {
            return .failed("the connection was closed in the middle of the response")
        }
        hasSurplus = true
        guard let response = parser.complete else { return .failed("no response") }
        return .answered(response)
    }

    /// After a response: whether the connection may be used again. It waits for that until
    /// `deadline`.
    func rest(until deadline: MonotonicTime) -> Bool {
        job = nil
        request = []
        guard parser.keepsAlive, !hasSurplus, outgoing.isEmpty else { return false }
        step = .idle
        hasServed = true
        self.deadline = deadline
        return true
    }

    /// For a connection that had been closed by the other side: begins again with the same job.
    func restart() {
        close()
        tls = nil
        hasServed = false
        step = .resolving
        parser = HTTPResponseParser(limits: Self.limits)
    }

    func close() {
        socket?.close()
        socket = nil
        tls = nil
        outgoing = []
        sent = 0
        addressDeadline = .never
    }
}
