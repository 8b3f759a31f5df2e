import HTTP
import Testing

@testable import Admin

/// The schema, byte for byte: who changes one of these changes what programs read.
@Suite struct AdminJSONTests {
    private func json(_ reply: AdminReply) -> String {
        String(decoding: AdminJSON.response(to: reply).body, as: UTF8.self)
    }

    /// The lines of a literal as the one line the socket sends.
    private func oneLine(_ text: String) -> String {
        text.split(separator: "\n").joined()
    }

    @Test func anAllocation() {
        let expected = """
            {"account":"alice","ageSeconds":754,
            "channels":[{"expiresInSeconds":512,"number":16385,"peer":"192.0.2.77:61000"}],
            "client":"198.51.100.7:50123","connections":[],
            "down":{"bytes":1234567890,"packets":59876},
            "drops":{"no-permission":12,"send-buffer-full":3},"expiresInSeconds":446,
            "id":"1-17-3","lifetimeSeconds":600,"listener":"203.0.113.5:3478",
            "permissions":[{"expiresInSeconds":212,"peer":"192.0.2.77"}],
            "rate":{"downBitsPerSecond":2400000,"downPacketsPerSecond":98,"seconds":5,
            "upBitsPerSecond":960000,"upPacketsPerSecond":100},
            "relayTransport":"udp",
            "relays":[{"advertised":"203.0.113.5:51034","local":"10.0.0.5:51034"},
            {"advertised":"[2001:db8::5]:49160","local":"[2001:db8::5]:49160"}],
            "schema":1,"transport":"udp","up":{"bytes":52345678,"packets":61234},
            "user":"1763708400:alice","worker":1}
            """
        #expect(json(.allocation(Samples.allocation)) == oneLine(expected))
    }

    @Test func aListOfAllocations() {
        let expected = """
            {"allocations":[{"account":"bob","ageSeconds":5,"channels":[],
            "client":"[2001:db8:1::9]:40000",
            "connections":[{"ageSeconds":3,"incoming":true,"peer":"192.0.2.9:80",
            "state":"bound","stream":"[2001:db8:1::9]:40001"}],
            "down":{"bytes":0,"packets":0},"drops":{},
            "expiresInSeconds":595,"id":"0-2-1","lifetimeSeconds":600,
            "listener":"[2001:db8::5]:3478","permissions":[],
            "rate":{"downBitsPerSecond":0,"downPacketsPerSecond":0,"seconds":0,
            "upBitsPerSecond":0,"upPacketsPerSecond":0},
            "relayTransport":"tcp",
            "relays":[{"advertised":"203.0.113.5:52000","local":"203.0.113.5:52000"}],
            "transport":"tls","up":{"bytes":0,"packets":0},"user":"bob","worker":0}],
            "matched":2,"schema":1}
            """
        let list = AllocationList(matched: 2, allocations: [Samples.other])
        #expect(json(.allocations(list)) == oneLine(expected))
    }

    @Test func theStatus() {
        let expected = """
            {"allocations":{"current":2,"max":8000,"sinceStart":1204},
            "budget":{"bytesIn":40000,"bytesOut":120000,"requests":1300,"shortened":5,
            "silenced":6},
            "certificates":[{"expiresInSeconds":864000,"file":"/etc/turn.pem","fingerprint":"0a1b",
            "names":["example.org","203.0.113.5"]}],"draining":false,
            "listeners":[{"address":"203.0.113.5:3478","transport":"udp"},
            {"address":"[2001:db8::5]:3478","transport":"udp"}],
            "ports":{"first":49152,"inUse":3,"last":65535},"processID":4242,
            "realm":"example.org",
            "relays":[{"advertised":"203.0.113.5","local":"10.0.0.5"}],"schema":1,
            "streams":{"accepted":99000,"failedHandshakes":{"no shared cipher":5},
            "halfOpen":3,"handedOver":700,"handshakes":800,"httpRequests":60,"networks":40,
            "open":120,"refused":{"full":2,"not-a-protocol":7},"webSockets":4},
            "stun":{"deniedPeers":{"private":9},"errors":{"401":1205,"486":2},
            "peerConnections":{"made":3,"not-permitted":1},
            "requests":{"allocate":2410,"binding":93000}},"uptimeSeconds":93784,
            "version":"9.8.7",
            "warnings":["line 12: no-loopback-peers has no effect: loopback is always denied"],
            "workers":[{"allocations":1,"down":{"bytes":2500,"packets":20},
            "drops":{"no-permission":4},"hairpin":{"otherWorker":8,"sameWorker":7},
            "kernelReceiveDrops":0,"number":0,"up":{"bytes":1000,"packets":10}},
            {"allocations":1,"down":{"bytes":1234567890,"packets":59876},
            "drops":{"no-permission":12,"send-buffer-full":3},
            "hairpin":{"otherWorker":0,"sameWorker":0},"kernelReceiveDrops":9,"number":1,
            "up":{"bytes":52345678,"packets":61234}}]}
            """
        #expect(json(.status(Samples.status)) == oneLine(expected))
    }

    @Test func theSmallReplies() {
        #expect(
            json(.killed(KillReply(killed: 2, bannedAccount: "alice", banSeconds: 60)))
                == #"{"banSeconds":60,"bannedAccount":"alice","killed":2,"schema":1}"#)
        let expected = """
            {"credential":"c2VjcmV0IG9mIGEgdGVzdA==","expiresAt":1763794800,
            "realm":"example.org","schema":1,"ttlSeconds":86400,
            "urls":["turn:203.0.113.5:3478?transport=udp"],"username":"1763794800:alice"}
            """
        #expect(json(.credential(Samples.credential)) == oneLine(expected))
        #expect(
            json(.refused(AdminRefusal(.unavailable, "stopping")))
                == #"{"error":{"code":"unavailable","message":"stopping"},"schema":1}"#)
    }

    @Test func whatIsSaidOfCallers() {
        #expect(
            json(.callEnded(CallEndReply(id: "6NnX", reason: "deleted")))
                == #"{"id":"6NnX","reason":"deleted","schema":1}"#)
        #expect(
            json(.kicked(KickReply(kicked: 2, calls: 1)))
                == #"{"calls":1,"kicked":2,"schema":1}"#)
        #expect(
            json(.calls(CallList(matched: 3, calls: [])))
                == #"{"calls":[],"matched":3,"schema":1}"#)
    }

    @Test func whatIsSaidOfConnectionTests() {
        let summary = """
            {"ageSeconds":65,"client":"198.51.100.7","findings":["udp_blocked"],"id":7,
            "level":"problem","user":"alice"}
            """
        let list = ReportList(reports: [Samples.report.summary], forgotten: 2)
        let expected = "{\"forgotten\":2,\"reports\":[\(summary)],\"schema\":1}"
        #expect(json(.reports(list)) == oneLine(expected))
        let report = """
            {"content":{"browser":"Mozilla/5.0","clockOffsetMs":-1500,
            "findings":[{"code":"udp_blocked","level":"problem","remedy":"Open UDP 3478.",
            "says":"UDP does not come through."}],
            "outside":[{"announced":"203.0.113.9","answers":false,"connected":false,
            "elsewhere":true,"url":"turn:203.0.113.5:3478?transport=tcp"}],
            "results":[{"candidates":[{"address":"203.0.113.5","atMs":40,"port":50000,
            "protocol":"tcp","type":"relay"}],
            "errors":[{"atMs":9,"code":701,"text":"timed out"}],
            "relayed":{"connectMs":90,"connected":true,"kbps":8000,"received":8,"rttUs":12345,
            "sent":9},"tookMs":41,"url":"turn:203.0.113.5:3478?transport=tcp","works":true}]},
            "schema":1,"summary":\(summary)}
            """
        #expect(json(.report(Samples.report)) == oneLine(report))
    }

    @Test func whatIsWrittenReadsTheSame() {
        func body(_ reply: AdminReply) -> [UInt8] { AdminJSON.response(to: reply).body }
        let allocation = AdminJSON.decode(
            AllocationSnapshot.self, from: body(.allocation(Samples.allocation)))
        #expect(allocation == Samples.allocation)
        let status = AdminJSON.decode(StatusSnapshot.self, from: body(.status(Samples.status)))
        #expect(status == Samples.status)
        let refusal = AdminRefusal(.notConfigured, "no secret")
        #expect(AdminJSON.refusal(in: body(.refused(refusal))) == refusal)
        #expect(AdminJSON.refusal(in: body(.status(Samples.status))) == nil)
    }

    @Test(arguments: AdminRefusal.Code.allCases)
    func everyRefusalHasAnErrorStatus(_ code: AdminRefusal.Code) {
        let status = AdminJSON.response(to: .refused(AdminRefusal(code, ""))).status
        #expect((400..<600).contains(status.rawValue))
    }
}
