import Signaling

// What the numbers are called and mean.
extension MetricsText {
    mutating func add(_ counters: WebCounters) {
        let samples = Endpoint.allCases.flatMap { endpoint in
            (counters.answers[endpoint] ?? [:]).sorted { $0.key < $1.key }.map { status, count in
                Sample(
                    labels: [("endpoint", "\(endpoint)"), ("status", String(status))],
                    value: String(count))
            }
        }
        add("http_answers_total", .counter, "Requests of applications, by answer.", samples)
    }

    mutating func add(_ gate: AdminGate) {
        add(
            "admin_tokens_refused_total", "Admin tokens that were refused, by cause.", by: "cause",
            [("wrong", gate.wrong), ("held", gate.held)])
    }

    mutating func add(_ metrics: SignalingMetrics) {
        add("signaling_sockets", "WebSockets that are open.", gauge: metrics.sockets)
        add("signaling_sessions", "Sessions, connected or retained.", gauge: metrics.sessions)
        add("calls_live", "Calls that have not ended.", gauge: metrics.liveCalls)
        addSessions(metrics.counters)
        addCalls(metrics.counters)
        addMedia(metrics.counters)
        add(
            metrics.counters.roundTrips, "signaling_round_trip_seconds",
            "Time between ping and pong.")
        add(
            metrics.counters.connectTimes, "calls_connect_seconds",
            "Time from the answer of a call to media on both sides.")
    }

    private mutating func addSessions(_ counters: SignalingCounters) {
        add("signaling_frames_total", "Frames from clients.", counter: counters.frames)
        add(
            "signaling_defects_total", "Frames that were none of the protocol.",
            counter: counters.defects)
        add("signaling_hellos_total", "Sessions that began.", counter: counters.hellos)
        add(
            "signaling_failed_hellos_total", "Hellos that were refused.",
            counter: counters.failedHellos)
        add(
            "signaling_resumes_total", "Sessions that came back on another socket.",
            counter: counters.resumed)
        add(
            "signaling_resume_failures_total", "Sessions that could not be resumed.", by: "reason",
            Session.ResumeFailure.allCases.map { ($0.rawValue, counters.resumeFailures[$0] ?? 0) })
        add(
            "signaling_gapped_sessions_total", "Sessions that missed more than is kept for them.",
            counter: counters.gappedSessions)
        add(
            "signaling_closes_total", "Sockets that the server closed.", by: "code",
            CloseCode.allCases.map { (String($0.rawValue), counters.closes[$0] ?? 0) })
        add(
            "signaling_refusals_total", "Requests of clients that were refused.", by: "code",
            ErrorCode.allCases.map { ($0.rawValue, counters.refusals[$0] ?? 0) })
    }

    private mutating func addCalls(_ counters: SignalingCounters) {
        add("calls_started_total", "Calls that began.", counter: counters.callsStarted)
        add(
            "calls_recovered_total", "Calls that seat tokens brought back after a crash.",
            counter: counters.callsRecovered)
        add(
            "calls_ended_total", "Calls that ended.", by: "reason",
            EndReason.allCases.map { ($0.rawValue, counters.callsEnded[$0] ?? 0) })
    }

    private mutating func addMedia(_ counters: SignalingCounters) {
        add(
            "calls_media_total", "Calls with media that ended, by the way it went.", by: "path",
            MediaPath.allCases.map { ($0.rawValue, counters.callsByPath[$0] ?? 0) })
        add(
            "calls_reconnects_total", "Returns to seats, of calls that ended.",
            counter: counters.reconnects)
        add(
            "calls_ice_restarts_total", "ICE restarts of calls that ended.",
            counter: counters.restarts)
        add(
            "calls_takeovers_total", "Seats taken over, of calls that ended.",
            counter: counters.takeovers)
        add("calls_glares_total", "Glares of calls that ended.", counter: counters.glares)
    }

    private mutating func add(
        _ roundTrips: SignalingCounters.RoundTrips, _ name: String, _ words: String
    ) {
        let times = Times(
            bounds: SignalingCounters.RoundTrips.bounds, buckets: roundTrips.buckets,
            sumMilliseconds: roundTrips.sumMilliseconds)
        add(name, words, [(nil, times)])
    }
}
