import Configuration
import JSON
import Primitives
import Signaling

/// What `Signaling` is told, made from what the file says.
struct CallsMapping: Sendable {
    var calls: ServerConfiguration.Calls
    /// Where clients find this server; nil leaves the links out.
    var publicURL: String?

    var settings: SignalingSettings {
        var settings = SignalingSettings()
        settings.sessionRetention = calls.sessionRetention
        settings.seatWindow = calls.reconnectWindow
        settings.busyMode = calls.busyMode == .waiting ? .waiting : .reject
        settings.isDirectoryOpen = calls.hasOpenDirectory
        settings.allowsAnonymous = calls.demo.isOn
        settings.hasPushHook = calls.hooks.url != nil && calls.hooks.canPush
        settings.hasChatResolver = calls.hooks.resolverURL != nil
        settings.drainSpread = calls.drainTimeout
        settings.publicURL = publicURL ?? ""
        settings.calls = timers
        apply(calls.limits, to: &settings)
        settings.clientConfiguration = clientConfiguration(settings)
        return settings
    }

    private var timers: CallSettings {
        var timers = CallSettings()
        timers.reconnectPolicy = calls.reconnectPolicy == .any ? .any : .both
        timers.ringMilliseconds = calls.ringTimeout.milliseconds
        timers.connectMilliseconds = calls.connectTimeout.milliseconds
        timers.windowMilliseconds = calls.reconnectWindow.milliseconds
        timers.waitingMilliseconds = calls.waitingLifetime.milliseconds
        timers.callMillisecondsMax =
            calls.durationMax.count == 0 ? nil : calls.durationMax.milliseconds
        timers.wantsWebhooks = calls.hooks.url != nil
        return timers
    }

    private func apply(
        _ limits: ServerConfiguration.CallLimits, to settings: inout SignalingSettings
    ) {
        settings.callsMax = limits.calls
        settings.liveCallsPerUserMax = limits.callsPerUser
        settings.socketsMax = limits.sockets
        settings.socketsPerUserMax = limits.socketsPerUser
        settings.unauthenticatedSocketsPerAddressMax = limits.socketsPerAddress
        // As many sessions may be away as are there.
        settings.sessionsMax = 2 * limits.sockets
        settings.sessionsPerUserMax = 2 * limits.socketsPerUser
    }

    /// What every client has to agree on with the server, native and web alike (S3-8). Nobody has
    /// to show anything to read it, so it holds no secret and no name.
    private func clientConfiguration(_ settings: SignalingSettings) -> JSONObject {
        var object: JSONObject = [
            "ring_timeout_ms": .integer(calls.ringTimeout.milliseconds),
            "connect_timeout_ms": .integer(clientConnectMilliseconds),
            "peer_wait_ms": 30_000,
            "reconnect_window_ms": .integer(calls.reconnectWindow.milliseconds),
            "reconnect_policy": .string(calls.reconnectPolicy.rawValue),
            // S0-2, S3-2.
            "reconnect_delays_ms": [1_000, 2_000, 4_000, 8_000, 10_000],
            "reconnect_jitter": .number(0.3),
            "ping_interval_ms": .integer(Int64(Heartbeat.intervalMilliseconds)),
            "ping_timeout_ms": .integer(Int64(Heartbeat.timeoutMilliseconds)),
            "session_ttl_ms": .integer(settings.sessionRetention.milliseconds),
            "waiting_ttl_ms": .integer(calls.waitingLifetime.milliseconds),
            "busy_mode": .string(calls.busyMode.rawValue),
            // A page asks for a name then, and for no token.
            "demo": .bool(calls.demo.isOn),
            // `POST /apiv2/reports` is there.
            "reports": true,
        ]
        if calls.durationMax.count > 0 {
            object["max_duration_ms"] = .integer(calls.durationMax.milliseconds)
        }
        object["limits"] = [
            "calls_per_user": .integer(Int64(settings.liveCallsPerUserMax)),
            "sockets_per_user": .integer(Int64(settings.socketsPerUserMax)),
            "candidates": .integer(Int64(settings.calls.candidatesMax)),
            "frame_bytes": .integer(Int64(settings.wire.frameBytesMax)),
        ]
        return object
    }

    /// The client gives up a little before the server does (S3-6: 28 s of 30), so that it can say
    /// itself why.
    private var clientConnectMilliseconds: Int64 {
        let server = calls.connectTimeout.milliseconds
        return server - min(2_000, server / 10)
    }
}

extension Seconds {
    fileprivate var milliseconds: Int64 { Int64(count) * 1_000 }
}

/// Where browsers find this server.
enum PublicURL {
    /// Nil without a `public-name`: an address is no name that a certificate usually has.
    ///
    /// Without TLS here something in front ends it, on the web's own port: browsers give pages
    /// without TLS no camera.
    static func text(name: String?, ports: [UInt16], servesTLS: Bool) -> String? {
        guard let name else { return nil }
        guard servesTLS, !ports.contains(443), let port = ports.first else {
            return "https://\(name)"
        }
        return "https://\(name):\(port)"
    }
}
