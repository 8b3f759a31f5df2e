import Testing

@testable import Configuration

/// What only shows once all lines are known, and mistakes of any line.
struct ReviewTests {
    private static let base = "static-auth-secret=0123456789abcdef\nrealm=r\n"

    private func report(_ text: String) -> Report {
        Configuration.parse(Self.base + text, file: "t").1
    }

    private func codes(_ text: String) -> Set<String> {
        let report = report(text)
        return Set((report.lines.flatMap(\.problems) + report.findings).map(\.code))
    }

    @Test func portRange() {
        #expect(!report("min-port=60000\nmax-port=50000").starts)
        #expect(!report("min-port=0").starts)
        #expect(report("min-port=50000\nmax-port=50000").starts)
        #expect(codes("min-port=3000\nmax-port=9000").contains("listening-in-range"))
        #expect(!report("listening-port=0").starts)
    }

    @Test func portRangeAgainstQuota() {
        let range = "min-port=50000\nmax-port=50099\n"
        #expect(codes(range + "total-quota=101").contains("ports-below-quota"))
        #expect(!codes(range + "total-quota=100").contains("ports-below-quota"))
        #expect(codes(range + "user-quota=101").contains("ports-below-quota"))
        let two = range + "relay-ip=192.0.2.1\nrelay-ip=192.0.2.2\n"
        #expect(!codes(two + "total-quota=200").contains("ports-below-quota"))
        #expect(codes("min-port=50000\nmax-port=50040").contains("few-ports"))
    }

    @Test func rates() {
        #expect(codes("max-bps=2000\nbps-capacity=1000").contains("rate-above-total"))
        #expect(codes("bps-capacity=1000").contains("total-without-max-bps"))
        #expect(codes("bps-capacity=0").isDisjoint(with: ["total-without-max-bps"]))
        #expect(codes("total-quota=5\nuser-quota=6").contains("user-above-total"))
        #expect(codes("channel-lifetime=60").contains("lifetime-short"))
        #expect(codes("permission-lifetime=60").contains("lifetime-short"))
    }

    @Test(arguments: [
        ("external-ip=", "empty-external-ip", true),
        ("external-ip=turn.example.org", "external-ip-name", false),
        ("external-ip=192.168.1.4", "external-ip-private", true),
        ("external-ip=203.0.113.5/2001:db8::1", "invalid-value", false),
        ("external-ip=0.0.0.0", "invalid-value", false),
        ("external-ip=my_host", "invalid-value", false),
        ("external-ip=203.0.113.5:3478", "invalid-value", false),
        ("external-ip=203.0.113.5/10.0.0.9\nrelay-ip=10.0.0.4", "external-ip-unused", true),
        ("external-ip=2001:db8::1\nrelay-ip=10.0.0.4", "external-ip-unused", true),
        ("external-ip=203.0.113.5/10.0.0.4", "private-half", true),
    ])
    func externalAddress(text: String, code: String, starts: Bool) {
        #expect(codes(text).contains(code))
        #expect(report(text).starts == starts)
    }

    @Test func nothingLeftToDo() {
        #expect(!report("stun-only\nno-stun").starts)
        #expect(report("no-tcp\nno-tls").starts)
    }

    @Test func privatePeers() {
        #expect(codes("").contains("private-peers-denied"))
        #expect(!codes("lan").contains("private-peers-denied"))
        #expect(!codes("allowed-peer-ip=10.1.0.0/16").contains("private-peers-denied"))
        #expect(codes("allowed-peer-ip=10.1.0.0/16").contains("private-peers-opened"))
        let closed = """
            denied-peer-ip=10.0.0.0-10.255.255.255
            denied-peer-ip=172.16.0.0-172.31.255.255
            denied-peer-ip=192.168.0.0/16
            """
        #expect(!codes(closed).contains("private-peers-denied"))
    }

    @Test func neverOpened() {
        let inside = report("allowed-peer-ip=127.0.0.1").lines[2]
        #expect(inside.severity == .warning)
        #expect(inside.problems.map(\.code) == ["peer-never-allowed"])
        let around = report("allowed-peer-ip=0.0.0.0-255.255.255.255").lines[2]
        #expect(around.severity == .note)
    }

    @Test(arguments: [
        ("realm=${REALM}", true), ("realm=$REALM", true), ("realm=$(hostname)", true),
        ("realm={{ realm }}", true), ("realm=%REALM%", true), ("realm=__realm__", true),
        ("static-auth-secret=${A:-b}", true), ("user=me:${PASSWORD}", true),
        ("user=me:pa$$word$", false), ("realm=a$b", false), ("realm=100%", false),
        ("realm=$", false),
    ])
    func unexpandedVariable(text: String, stops: Bool) {
        let report = Configuration.parse(text, file: "t").1
        #expect(report.lines[0].problems.contains { $0.code == "unexpanded-variable" } == stops)
        #expect(report.starts != stops)
    }

    @Test func variableInsideAValueWarns() {
        let report = Configuration.parse("realm=turn.${DOMAIN}", file: "t").1
        #expect(report.lines[0].problems.map(\.severity) == [.warning])
        #expect(report.starts)
    }

    @Test func trailingComment() {
        let line = Configuration.parse("realm=x # y", file: "t").1.lines[0]
        #expect(line.problems.map(\.code) == ["trailing-comment"])
        #expect(Configuration.parse("realm=x#y", file: "t").1.lines[0].problems.isEmpty)
        #expect(Configuration.parse("verbose=yes # y", file: "t").1.starts)
    }

    @Test func cidrIsTakenWithANote() {
        let line = report("denied-peer-ip=10.0.0.0/8").lines[2]
        #expect(line.verdict == .mapped)
        #expect(line.problems.map(\.code) == ["cidr"])
        #expect(line.problems[0].advice.contains("denied-peer-ip=10.0.0.0-10.255.255.255"))
    }

    @Test func oddBoolean() {
        #expect(codes("fingerprint=nonsense").contains("odd-boolean"))
        #expect(!report("fingerprint=enabled").starts)
    }
}
