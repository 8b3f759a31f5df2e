import Crypto
import LinuxIO
import Primitives
import Probe

/// Every wanted transport to one address at the same time, on one thread.
final class AddressRun {
    private let settings: ProbeSettings
    private let contexts: ProbeContexts
    private let epoll: Epoll
    /// One read is as much as the largest datagram there is.
    private let scratch = TLSScratch(readBytes: 65_536)
    private var paths: [PathProbe]
    private var links: [UInt64: ProbeLink] = [:]

    init(
        _ settings: ProbeSettings, _ address: IPAddress, _ contexts: ProbeContexts
    ) throws(SystemError) {
        self.settings = settings
        self.contexts = contexts
        epoll = try Epoll(capacity: 64)
        paths = settings.transports.map { transport in
            var entropy = Entropy()
            return PathProbe(
                settings, transport: transport,
                server: TransportAddress(address, settings.port(for: transport)),
                seed: (entropy.next(), entropy.next()), hash: OpenSSLHash())
        }
    }

    func run() -> [PathResult] {
        let start = Clock.monotonic()
        for index in paths.indices {
            paths[index].begin(at: start)
            act(index)
        }
        while !paths.allSatisfy(\.isDone) {
            let count = epoll.wait(milliseconds: timeout())
            for event in 0..<count { serve(epoll[event].token, epoll[event].readiness) }
            tick()
        }
        for link in links.values { link.close(scratch) }
        return paths.map(\.result)
    }

    private func timeout() -> Int32 {
        let now = Clock.monotonic()
        var deadline = MonotonicTime.never
        for path in paths { deadline = min(deadline, path.nextDeadline) }
        var left = deadline.nanoseconds(since: now)
        for link in links.values { left = min(left, link.nextTimeout ?? left) }
        return Int32(clamping: (left + 999_999) / 1_000_000)
    }

    private func tick() {
        for link in links.values where link.nextTimeout == 0 {
            report(link.handleTimeout(scratch), of: link)
        }
        for index in paths.indices {
            paths[index].tick(at: Clock.monotonic())
            act(index)
        }
    }

    // MARK: - Actions

    private func act(_ index: Int) {
        while let action = paths[index].nextAction() {
            switch action {
            case .open(let leg, let family): open(index, leg, family)
            case .send(let leg, let bytes, let peer):
                guard let link = links[token(index, leg)] else { continue }
                report(link.send(bytes, to: peer, scratch), of: link)
            case .close(let leg):
                links.removeValue(forKey: token(index, leg))?.close(scratch)
            }
        }
    }

    private func token(_ index: Int, _ leg: ProbeLeg) -> UInt64 {
        UInt64(index * ProbeLeg.allCases.count + leg.rawValue)
    }

    private func open(_ index: Int, _ leg: ProbeLeg, _ family: AddressFamily) {
        let result = paths[index].result
        let transport = leg == .own ? .udp : result.transport
        let context =
            switch transport {
            case .tls: contexts.stream
            case .dtls: contexts.datagram
            case .udp, .tcp: TLSContext?.none
            }
        let session: TLSSession?
        if let context {
            let name = IPAddress(settings.host) == nil ? settings.host : ""
            session = TLSSession(context, serverName: name)
            guard session != nil else {
                return failed(index, leg, .local("no TLS session could be made"))
            }
        } else {
            session = nil
        }
        do throws(SystemError) {
            let link = try ProbeLink(
                token: token(index, leg), transport, server: leg == .own ? nil : result.server,
                from: settings.source, family: family, session: session)
            links[link.token] = link
            try epoll.add(
                link.raw, transport.isStream ? [.readable, .writable, .edge] : [.readable],
                token: link.token)
            report(link.begin(scratch), of: link)
        } catch {
            failed(index, leg, ProbeLink.failure(error))
        }
    }

    // MARK: - Events

    private func serve(_ token: UInt64, _ readiness: Readiness) {
        guard let link = links[token] else { return }
        report(link.serve(readiness, scratch), of: link)
    }

    /// Tells the path what happened at a link, in the order in which it did.
    private func report(_ events: [ProbeLink.Event], of link: ProbeLink) {
        let index = Int(link.token) / ProbeLeg.allCases.count
        guard let leg = ProbeLeg(rawValue: Int(link.token) % ProbeLeg.allCases.count) else {
            return
        }
        for event in events {
            switch event {
            case .connected(let time): paths[index].connected(leg, at: time)
            case .secured(let handshake, let time):
                paths[index].secured(leg, handshake, at: time)
            case .received(let bytes):
                paths[index].receive(leg, bytes.span, at: Clock.monotonic())
            case .failed(let failure): return failed(index, leg, failure)
            }
        }
        if !events.isEmpty { act(index) }
    }

    private func failed(_ index: Int, _ leg: ProbeLeg, _ failure: LegFailure) {
        links.removeValue(forKey: token(index, leg))?.close(scratch)
        paths[index].failed(leg, failure, at: Clock.monotonic())
        act(index)
    }
}
