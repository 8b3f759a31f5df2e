import HTTP
import Primitives
import Signaling
import Testing

@testable import WebAPI

@Suite struct MetricsTextTests {
    private func rig(hasCalls: Bool = true) -> Rig {
        var settings = WebSettings()
        settings.adminTokens.add("admin", key: Rig.adminToken, signer: PlainSigner())
        return Rig(hasCalls: hasCalls, settings: settings)
    }

    private let admin = [HTTPField("authorization", "Bearer \(Rig.adminToken)")]

    @Test("Ruling 14: numbers are for whoever has the admin token, for others they do not exist")
    func locked() throws {
        let rig = rig()
        for fields in [[], Rig.bearer, Desk.token("root", "admin")] {
            #expect(try rig.answer(.get, "/metrics", fields).status == .notFound)
        }
        let response = try rig.answer(.get, "/metrics", admin)
        #expect(response.status == .ok)
        #expect(response.fields["content-type"] == MetricsText.contentType)
        #expect(try Rig().answer(.get, "/metrics", admin).status == .notFound)
    }

    @Test("Every line is a sample under the HELP and TYPE of its family, each series once")
    func format() throws {
        let rig = rig()
        _ = try rig.open(Desk.token("alice"))
        rig.desk?.numbers = numbers
        let text = String(decoding: try rig.answer(.get, "/metrics", admin).body, as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.last == "")
        var (family, series): (String, Set<Substring>) = ("", [])
        for line in lines.dropLast() {
            let words = line.split(separator: " ")
            if line.hasPrefix("# HELP ") {
                family = String(words[2])
                #expect(words.count > 4)
            } else if line.hasPrefix("# TYPE ") {
                #expect(words[2] == family && words.count == 4)
            } else {
                #expect(words.count == 2 && line.hasPrefix(family), "\(line)")
                #expect(Double(words[1]) != nil)
                #expect(series.insert(words[0]).inserted)
            }
        }
        #expect(series.count < 150)
        for line in [
            "turnstone_http_answers_total{endpoint=\"calls\",status=\"201\"} 1",
            "turnstone_signaling_sockets 3", "turnstone_signaling_sessions 4",
            "turnstone_calls_live 2", "turnstone_signaling_frames_total 77",
            "turnstone_signaling_closes_total{code=\"4002\"} 5",
            "turnstone_signaling_refusals_total{code=\"busy\"} 6",
            "turnstone_calls_ended_total{reason=\"hangup\"} 7",
            "turnstone_calls_ended_total{reason=\"kicked\"} 0",
            "turnstone_signaling_resume_failures_total{reason=\"gap\"} 8",
        ] {
            #expect(lines.contains { $0 == line }, "\(line)")
        }
    }

    private var numbers: SignalingMetrics {
        var counters = SignalingCounters()
        counters.frames = 77
        counters.closes[.heartbeat] = 5
        counters.refusals[.busy] = 6
        counters.callsEnded[.hangup] = 7
        counters.resumeFailures[.gap] = 8
        return SignalingMetrics(counters: counters, sockets: 3, sessions: 4, liveCalls: 2)
    }

    @Test("Without calls only the answers of HTTP are counted")
    func withoutCalls() throws {
        let rig = rig(hasCalls: false)
        _ = try rig.answer(.get, "/healthz")
        let text = String(decoding: try rig.answer(.get, "/metrics", admin).body, as: UTF8.self)
        #expect(text.contains("{endpoint=\"health\",status=\"200\"} 1\n"))
        #expect(!text.contains("signaling"))
    }

    @Test("S3-1: the buckets of round trips grow, end with all of them, and are in seconds")
    func histogram() throws {
        let rig = rig()
        let board = try #require(rig.desk?.board)
        let socket = SocketID(1)
        board.opened(socket, SocketInfo(), at: rig.now)
        let hello = #"{"type":"hello","data":{"token":"jwt.alice.host","device_id":"d"}}"#
        board.received(Array(hello.utf8).span, on: socket, at: rig.now)
        let sent = rig.now.monotonic.nanoseconds / 1_000_000
        for delay in [UInt64(30), 700] {
            let pong = #"{"type":"pong","data":{"t":\#(sent - delay)}}"#
            board.received(Array(pong.utf8).span, on: socket, at: rig.now)
        }
        let text = String(decoding: try rig.answer(.get, "/metrics", admin).body, as: UTF8.self)
        let name = "turnstone_signaling_round_trip_seconds"
        for line in [
            "\(name)_bucket{le=\"0.025\"} 0", "\(name)_bucket{le=\"0.05\"} 1",
            "\(name)_bucket{le=\"1.0\"} 2", "\(name)_bucket{le=\"+Inf\"} 2", "\(name)_sum 0.73",
            "\(name)_count 2",
        ] {
            #expect(text.contains(line + "\n"), "\(line)")
        }
    }
}
