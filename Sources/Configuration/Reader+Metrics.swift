import Primitives

extension Reader {
    /// What a request is compared with, as it stands: nothing in it may need percent-encoding.
    mutating func applyMetricsPath(_ value: String) throws(Problem) {
        let isPlain = value.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20)
                || "/-._~".utf8.contains(byte)
        }
        let hasDots = value.split(separator: "/").contains { $0 == "." || $0 == ".." }
        guard value.hasPrefix("/"), value.utf8.count <= 256, isPlain, !hasDots else {
            throw .invalid(
                "`\(Mistake.printable(value))` is no path of a URL.",
                accepted: "a path such as /metrics, of letters, digits and -._~")
        }
        configuration.metrics.path = value
    }

    /// Judges who will see the metrics, and what they are encrypted with.
    mutating func reviewMetrics() {
        guard configuration.metrics.isEnabled else { return reviewUnservedMetrics() }
        if configuration.metrics.port == 0 {
            attach(
                .invalid("Nobody would know the port.", accepted: "1 to 65535"),
                to: "prometheus-port")
        }
        reviewMetricsAddress()
        if configuration.metrics.tls {
            reviewMetricsCertificate()
        } else if let key = ["prometheus-cert", "prometheus-key"].first(where: has) {
            attach(
                Problem(
                    .warning, "metrics-not-encrypted",
                    "The metrics are served without TLS, so this does nothing.",
                    "Write prometheus-tls, or delete the line."), to: key)
        }
    }

    /// coturn serves none without `prometheus` either.
    private mutating func reviewUnservedMetrics() {
        let keys = [
            "prometheus-port", "prometheus-address", "prometheus-path", "prometheus-tls",
            "prometheus-cert", "prometheus-key",
        ]
        guard configuration.metrics != .init(), !has("prometheus"),
            let key = keys.first(where: has)
        else { return }
        attach(
            Problem(
                .warning, "metrics-off", "Metrics are not served without `prometheus`.",
                "Write prometheus, or delete the line."), to: key)
    }

    private mutating func reviewMetricsAddress() {
        guard let address = configuration.metrics.address else {
            attach(
                Problem(
                    .warning, "metrics-on-loopback",
                    "No `prometheus-address` is named, so the metrics are served to this machine"
                        + " alone, on 127.0.0.1; coturn serves them to everybody.",
                    "Write prometheus-address=127.0.0.1 to leave it so, or the address that your"
                        + " Prometheus reaches and a firewall protects."), to: "prometheus")
            return
        }
        guard !address.isLoopback else { return }
        attach(
            Problem(
                .note, "metrics-open",
                "Whoever reaches \(configuration.metrics.endpoint) reads the metrics: nobody is"
                    + " asked for a password.",
                "Let a firewall admit your Prometheus only."), to: "prometheus-address")
    }

    private mutating func reviewMetricsCertificate() {
        let metrics = configuration.metrics
        switch (metrics.certificate, metrics.privateKey) {
        case (let certificate?, let privateKey?):
            let line = lastLine["prometheus-cert"].map { source(of: report.lines[$0]) } ?? ""
            configuration.metrics.certificates = [
                .init(
                    certificate: certificate, privateKey: privateKey,
                    password: configuration.streams.privateKeyPassword, source: line)
            ]
        case (_?, nil):
            attachHalfMetrics(of: "prometheus-cert", missing: "prometheus-key", "private key")
        case (nil, _?):
            attachHalfMetrics(of: "prometheus-key", missing: "prometheus-cert", "certificate")
        case (nil, nil):
            configuration.metrics.certificates = configuration.streams.certificates
            guard configuration.metrics.certificates.isEmpty else { return }
            attach(
                Problem(
                    .warning, "metrics-without-certificate",
                    "There is no certificate, so the metrics are not served at all.",
                    "Write prometheus-cert=PATH and prometheus-key=PATH, or cert and pkey."),
                to: "prometheus-tls")
        }
    }

    private mutating func attachHalfMetrics(of key: String, missing: String, _ what: String) {
        attach(
            Problem(
                .error, "certificate-incomplete",
                "There is no \(what) (`\(missing)`) beside this.",
                "Write \(missing)=PATH, which may be the same file, or delete the line."),
            to: key)
    }
}
