package import JSON

extension SignalingSettings {
    /// What every client reads from one place, in `welcome.config` and `/apiv2/config` (S3-8): the
    /// times of this server, those that clients keep by themselves, and what the operator adds.
    package var sharedConfiguration: JSONObject {
        var object: JSONObject = [
            "ring_ms": .integer(calls.ringMilliseconds),
            "ring_min_ms": .integer(calls.ringBoundsMilliseconds.lowerBound),
            "ring_max_ms": .integer(calls.ringBoundsMilliseconds.upperBound),
            "alert_ms": .integer(calls.alertMilliseconds),
            // A client gives up a little earlier than the server and can say why (S3-6).
            "connect_ms": .integer(max(calls.connectMilliseconds - 2000, 1000)),
            // After it the screen says something else; nothing ends (S0-15).
            "peer_wait_ms": 30_000,
            "reconnect_window_ms": .integer(calls.windowMilliseconds),
            "waiting_ttl_ms": .integer(calls.waitingMilliseconds),
            // From `disconnected` to an ICE restart (S0-12), and from one to the next.
            "ice_disconnected_ms": 3_000,
            "ice_restart_interval_ms": .integer(calls.restartMilliseconds),
            // Between attempts to connect (S0-2), each 30 % longer or shorter by chance.
            "reconnect_delays_ms": [1_000, 2_000, 4_000, 8_000, 10_000],
            "reconnect_jitter": .number(0.3),
            // A call that could not be sent for so long is not started any more (ruling 6).
            "initiate_queue_ms": 10_000,
        ]
        for field in clientConfiguration.fields { object[field.name] = field.value }
        return object
    }
}
