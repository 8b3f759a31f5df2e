import Primitives
import Testing

@testable import Configuration

/// coturn's `prometheus` keys.
@Suite struct MetricsTests {
    func parse(_ text: String) -> (metrics: ServerConfiguration.Metrics?, report: Report) {
        let (configuration, report) = Configuration.parse(
            "realm=r\nuser=me:long-enough-password\n" + text, file: "t")
        return (configuration?.metrics, report)
    }

    func problem(_ code: String, _ text: String) -> Problem? {
        let report = parse(text).report
        return (report.lines.flatMap(\.problems) + report.findings).first { $0.code == code }
    }

    @Test("Without an address this machine alone sees them, and a warning names the key")
    func standard() throws {
        let metrics = try #require(parse("prometheus").metrics)
        #expect(metrics.isServed && metrics.path == "/metrics")
        #expect(metrics.endpoints == [TransportAddress(IPAddress("127.0.0.1")!, 9641)])
        let warning = try #require(problem("metrics-on-loopback", "prometheus"))
        #expect(warning.severity == .warning)
        #expect(warning.advice.contains("prometheus-address="))
        #expect(problem("metrics-on-loopback", "prometheus\nprometheus-address=127.0.0.1") == nil)
    }

    @Test func named() throws {
        let text = "prometheus\nprometheus-address=192.0.2.1\nprometheus-port=9100"
        let metrics = try #require(parse(text + "\nprometheus-path=/a/b-c").metrics)
        #expect(metrics.endpoints == [TransportAddress(IPAddress("192.0.2.1")!, 9100)])
        #expect(metrics.path == "/a/b-c")
        #expect(problem("metrics-open", text)?.severity == .note)
    }

    @Test("A socket takes one family: both wildcards for the one of IPv6")
    func everywhere() throws {
        let metrics = try #require(parse("prometheus\nprometheus-address=::").metrics)
        #expect(metrics.endpoints.map(\.description) == ["[::]:9641", "0.0.0.0:9641"])
    }

    @Test("Off, and a warning where somebody seems to want them")
    func off() throws {
        #expect(try #require(parse("prometheus=no").metrics).isServed == false)
        #expect(problem("metrics-off", "prometheus=no\nprometheus-port=9000") == nil)
        #expect(problem("metrics-off", "prometheus-port=9000")?.severity == .warning)
        #expect(try #require(parse("prometheus-port=9000").metrics).isServed == false)
    }

    @Test(arguments: ["metrics", "", "/a b", "/%41", "/a/../b", "/.", "/a?b", "/ä"])
    func wrongPath(path: String) {
        #expect(parse("prometheus\nprometheus-path=\(path)").metrics == nil)
    }

    @Test func wrongPort() {
        #expect(parse("prometheus\nprometheus-port=0").metrics == nil)
        #expect(parse("prometheus\nprometheus-port=70000").metrics == nil)
    }

    @Test("TLS with a pair of its own, else that of the clients, else not at all")
    func certificates() throws {
        let own = "prometheus\nprometheus-tls\nprometheus-cert=/m.pem\nprometheus-key=/m.key"
        let metrics = try #require(parse("pkey-pwd=geheim\n" + own).metrics)
        #expect(metrics.certificates.map(\.certificate) == ["/m.pem"])
        #expect(metrics.certificates[0].password == "geheim" && metrics.isServed)
        #expect(metrics.certificates[0].source == "t:6: prometheus-cert=/m.pem")
        let common = "cert=/c.pem\npkey=/c.key\nprometheus\nprometheus-tls"
        #expect(try #require(parse(common).metrics).certificates.map(\.privateKey) == ["/c.key"])
        let none = "prometheus\nprometheus-tls"
        #expect(try #require(parse(none).metrics).isServed == false)
        #expect(problem("metrics-without-certificate", none)?.severity == .warning)
        #expect(parse(none + "\nprometheus-cert=/m.pem").metrics == nil)
        #expect(parse(none + "\nprometheus-key=/m.key").metrics == nil)
        #expect(
            problem("metrics-not-encrypted", "prometheus\nprometheus-cert=/m.pem")?.severity
                == .warning)
    }
}
