import Primitives

extension Reader {
    /// Judges what lines say of calls together.
    mutating func reviewCalls() {
        reviewDemo()
        reviewHooks()
        guard configuration.calls.isEnabled else { return reviewCallsOff() }
        reviewReach()
        reviewCallBounds()
        if configuration.calls.drainTimeout.count > Self.serviceStopSeconds {
            attach(
                Problem(
                    .note, "drain-above-stop",
                    "systemd stops waiting after the \(Self.serviceStopSeconds) seconds of"
                        + " TimeoutStopSec in the unit.",
                    "Raise it there as well: systemctl edit turnstone."), to: "drain-timeout")
        }
    }

    /// What TimeoutStopSec in the unit leaves, with some seconds for writing state.
    private static let serviceStopSeconds: UInt32 = 40

    /// Whether any TCP port is opened, and with it HTTP.
    private var servesHTTP: Bool {
        configuration.listening.tcp || configuration.streams.servesTLS
    }

    /// Whether only this machine reaches HTTP. Without an address all of the machine's are served.
    private var isLocal: Bool {
        let listening = configuration.listening
        let addresses = listening.addresses + listening.auxiliary.map(\.ip)
        return !listening.addresses.isEmpty && addresses.allSatisfy(\.isLoopback)
    }

    private mutating func reviewDemo() {
        let demo = configuration.calls.demo
        guard demo.isOn else {
            if demo.isPublic {
                attach(
                    Problem(
                        .warning, "demo-off", "Without `calls-demo` this does nothing.",
                        "Delete the line."), to: "calls-demo-public")
            }
            return
        }
        let isOpen = servesHTTP && !isLocal
        if isOpen, !demo.isPublic {
            attach(
                Problem(
                    .error, "demo-not-local",
                    "Anyone in the network could call under any name: not all addresses listened"
                        + " on are loopback.",
                    "Write listening-ip=127.0.0.1, or token-key=... instead; calls-demo-public is"
                        + " for those who want it so."), to: "calls-demo")
            return
        }
        attach(
            Problem(
                .warning, isOpen ? "demo-public" : "demo",
                isOpen
                    ? "Anyone who reaches this server may call under any name, without a token,"
                        + " and is given TURN credentials."
                    : "Anyone on this machine, and whoever comes through a proxy on it, may call"
                        + " under any name, without a token.",
                "Use it to try things out; for real calls write token-key=..."), to: "calls-demo")
    }

    private mutating func reviewHooks() {
        let hooks = configuration.calls.hooks
        let addresses = [hooks.url, hooks.resolverURL].compactMap(\.self)
        if hooks.secret == nil, !addresses.isEmpty, !has("webhook-secret") {
            attach(
                Problem(
                    .error, "webhook-secret-missing",
                    "Your application could not tell our requests from anybody else's.",
                    "Write webhook-secret=SECRET: openssl rand -hex 32"),
                to: "webhook-url", "chat-resolver-url")
        }
        if hooks.secret != nil, addresses.isEmpty {
            attachUnused("webhook-secret", "There is no hook to sign requests to.")
        }
        if hooks.canPush, hooks.url == nil {
            attachUnused("webhook-push", "There is no `webhook-url` that could be told.")
        }
        if hooks.authorityFile != nil,
            !addresses.contains(where: { $0.lowercased().hasPrefix("https:") })
        {
            attachUnused("webhook-ca-file", "There is no hook by https.")
        }
    }

    private mutating func attachUnused(_ key: String, _ message: String) {
        attach(Problem(.warning, "hook-missing", message, "Delete the line."), to: key)
    }

    /// Keys of calls do nothing while nobody can take part.
    private mutating func reviewCallsOff() {
        var calls = configuration.calls
        calls.demo = .init()
        calls.adminToken = nil
        guard calls != .init(), !has("token-key") else { return }
        let keys = (KeyTable.calls + KeyTable.callLimits + KeyTable.hooks).map(\.name)
        let asking = keys.filter { has($0) && !$0.hasPrefix("calls-demo") }
        guard let key = asking.max(by: { lastLine[$0] ?? 0 < lastLine[$1] ?? 0 }) else { return }
        attach(
            Problem(
                .warning, "calls-off", "There are no calls: nobody could show who they are.",
                "Write token-key=NAME:HS256:SECRET, or calls-demo to try things out."), to: key)
    }

    private mutating func reviewReach() {
        if !servesHTTP {
            attach(
                Problem(
                    .warning, "calls-without-tcp",
                    "Calls are made over HTTP, and no TCP port is opened.",
                    "Delete what closes TCP."), to: "token-key", "calls-demo")
        }
        let credentials = configuration.credentials
        if credentials.secrets.isEmpty, credentials.secretFiles.isEmpty {
            attach(
                Problem(
                    .warning, "calls-without-relay",
                    "Callers get no TURN credentials: there is no secret to make one from. Many"
                        + " calls do not connect without.",
                    "Write static-auth-secret=SECRET or auth-secret-file=PATH."),
                to: "token-key", "calls-demo")
        }
    }

    private mutating func reviewCallBounds() {
        let limits = configuration.calls.limits
        attachPart("calls-max-per-user", limits.callsPerUser, of: "calls-max", limits.calls)
        attachPart(
            "calls-max-sockets-per-user", limits.socketsPerUser, of: "calls-max-sockets",
            limits.sockets)
        attachPart(
            "calls-max-sockets", limits.sockets, of: "connections-max",
            configuration.streams.limits.connections)
    }
}
