import Configuration
import JSON
import Primitives
import Signaling
import Testing

@testable import Appliance

@Suite struct CallsMappingTests {
    private func settings(
        _ change: (inout ServerConfiguration.Calls) -> Void = { _ in }
    ) -> SignalingSettings {
        var calls = ServerConfiguration.Calls()
        change(&calls)
        return CallsMapping(calls: calls, publicURL: nil).settings
    }

    @Test("A file without lines gives the times of the design")
    func defaults() {
        let mapped = settings()
        let standard = SignalingSettings()
        var expected = CallSettings()
        expected.wantsWebhooks = false
        #expect(mapped.calls == expected)
        #expect(mapped.sessionRetention == standard.sessionRetention)
        #expect(mapped.seatWindow == standard.seatWindow)
        #expect(mapped.socketsMax == standard.socketsMax)
        #expect(mapped.sessionsMax == standard.sessionsMax)
        #expect(mapped.socketsPerUserMax == standard.socketsPerUserMax)
        #expect(mapped.sessionsPerUserMax == standard.sessionsPerUserMax)
        #expect(
            mapped.unauthenticatedSocketsPerAddressMax
                == standard.unauthenticatedSocketsPerAddressMax)
        #expect(mapped.callsMax == standard.callsMax)
        #expect(mapped.liveCallsPerUserMax == standard.liveCallsPerUserMax)
        #expect(mapped.drainSpread == standard.drainSpread && mapped.busyMode == .reject)
        #expect(!mapped.isDirectoryOpen && !mapped.allowsAnonymous && mapped.publicURL.isEmpty)
        #expect(!mapped.hasPushHook && !mapped.hasChatResolver)
    }

    @Test func everyKeyArrives() {
        let mapped = settings {
            $0.ringTimeout = Seconds(31)
            $0.connectTimeout = Seconds(32)
            $0.reconnectWindow = Seconds(33)
            $0.sessionRetention = Seconds(34)
            $0.waitingLifetime = Seconds(3_500)
            $0.durationMax = Seconds(36)
            $0.drainTimeout = Seconds(37)
            $0.busyMode = .waiting
            $0.reconnectPolicy = .any
            $0.hasOpenDirectory = true
            $0.demo.isOn = true
            $0.limits.calls = 41
            $0.limits.callsPerUser = 42
            $0.limits.sockets = 43
            $0.limits.socketsPerUser = 44
            $0.limits.socketsPerAddress = 45
            $0.hooks.url = "https://app.example.org/"
            $0.hooks.resolverURL = "https://app.example.org/chats"
            $0.hooks.canPush = true
        }
        let calls = mapped.calls
        #expect(calls.ringMilliseconds == 31_000 && calls.connectMilliseconds == 32_000)
        #expect(calls.windowMilliseconds == 33_000 && mapped.seatWindow == Seconds(33))
        #expect(mapped.sessionRetention == Seconds(34) && calls.waitingMilliseconds == 3_500_000)
        #expect(calls.callMillisecondsMax == 36_000 && mapped.drainSpread == Seconds(37))
        #expect(mapped.busyMode == .waiting && calls.reconnectPolicy == .any)
        #expect(mapped.isDirectoryOpen && mapped.allowsAnonymous)
        #expect(mapped.callsMax == 41 && mapped.liveCallsPerUserMax == 42)
        #expect(mapped.socketsMax == 43 && mapped.socketsPerUserMax == 44)
        #expect(mapped.unauthenticatedSocketsPerAddressMax == 45)
        #expect(mapped.hasPushHook && mapped.hasChatResolver && calls.wantsWebhooks)
    }

    @Test("Without an address that could be told, nothing is pushed")
    func pushNeedsAHook() {
        #expect(!settings { $0.hooks.canPush = true }.hasPushHook)
    }

    @Test("S3-8: clients are told the times of calls, and no secret")
    func clientConfiguration() throws {
        let mapped = settings {
            $0.hooks.url = "https://hook.example.org/"
            $0.hooks.secret = "hook-secret-of-the-application"
            $0.adminToken = "admin-token-of-the-operator"
            $0.tokens.keys = [
                .init(
                    name: nil, algorithm: .hs256, material: .secret(TokenVector.secret),
                    source: "")
            ]
        }
        let text = String(
            decoding: JSONValue.object(mapped.clientConfiguration).bytes, as: UTF8.self)
        #expect(
            text == """
                {"ring_timeout_ms":60000,"connect_timeout_ms":28000,"peer_wait_ms":30000,\
                "reconnect_window_ms":1800000,"reconnect_policy":"both",\
                "reconnect_delays_ms":[1000,2000,4000,8000,10000],"reconnect_jitter":0.3,\
                "ping_interval_ms":25000,"ping_timeout_ms":20000,"session_ttl_ms":120000,\
                "waiting_ttl_ms":10800000,"busy_mode":"reject","demo":false,"reports":true,\
                "limits":{\
                "calls_per_user":16,"sockets_per_user":8,"candidates":64,"frame_bytes":65536}}
                """)
    }

    @Test("S3-6: clients give up connecting before the server does", arguments: [5, 10, 30, 300])
    func clientsGiveUpFirst(seconds: UInt32) throws {
        let told = settings { $0.connectTimeout = Seconds(seconds) }
            .clientConfiguration["connect_timeout_ms"]?.integer
        let milliseconds = try #require(told)
        #expect(milliseconds < Int64(seconds) * 1_000)
        #expect(milliseconds >= Int64(seconds) * 1_000 - 2_000 && milliseconds >= 4_500)
    }

    @Test func clientsLearnWhetherADemoRuns() {
        let told = settings { $0.demo.isOn = true }.clientConfiguration
        #expect(told["demo"]?.bool == true)
    }

    @Test func aLongestDurationIsTold() {
        let told = settings { $0.durationMax = Seconds(3_600) }.clientConfiguration
        #expect(told["max_duration_ms"]?.integer == 3_600_000)
    }

    @Test(
        "Links begin with the public name",
        arguments: [
            (nil, [443], true, nil), ("a.example.org", [443, 3478], true, "https://a.example.org"),
            ("a.example.org", [3478, 5349], true, "https://a.example.org:3478"),
            ("a.example.org", [3478], false, "https://a.example.org"),
            ("a.example.org", [], false, "https://a.example.org"),
        ] as [(String?, [UInt16], Bool, String?)])
    func publicURL(name: String?, ports: [UInt16], servesTLS: Bool, expected: String?) {
        #expect(PublicURL.text(name: name, ports: ports, servesTLS: servesTLS) == expected)
    }
}
