import JSON
import Primitives

// The answer for programs. Members may be added, none removed or changed in meaning, without
// another `schema`. Times are milliseconds with fractions, dates seconds since 1970.
extension ProbeReport {
    package static let schema: Int64 = 1

    /// One object and the end of the line.
    package var json: String {
        String(decoding: value.bytes, as: UTF8.self) + "\n"
    }

    var value: JSONValue {
        [
            "schema": .integer(Self.schema),
            "host": .string(settings.host),
            "verdict": .string(verdict.rawValue),
            "exitCode": .integer(Int64(exitCode)),
            "at": .integer(Int64(clamping: settings.unixSeconds)),
            "nameMilliseconds": milliseconds(nameNanoseconds),
            "addresses": .array(addresses.map { .string("\($0)") }),
            "paths": .array(paths.map(value)),
            "findings": .array(findings.map(value)),
        ]
    }

    private func milliseconds(_ nanoseconds: UInt64) -> JSONValue {
        .number(Double(nanoseconds / 1_000) / 1_000)
    }

    private func optional(_ address: TransportAddress?) -> JSONValue {
        address.map { .string("\($0)") } ?? .null
    }

    private func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

    private func value(_ path: PathResult) -> JSONValue {
        [
            "transport": .string(path.transport.rawValue),
            "server": .string("\(path.server)"),
            "status": .string(status(of: path).rawValue),
            "steps": .array(path.steps.map(value)),
            "tls": path.handshake.map(value) ?? .null,
            "mapped": optional(path.mapped),
            "relayed": optional(path.relayed),
            "lifetimeSeconds": path.lifetimeSeconds.map { .integer(Int64($0)) } ?? .null,
            "realm": optional(path.realm),
            "software": optional(path.software),
            "echoes": .array(path.echoes.map(value)),
        ]
    }

    private func value(_ step: ProbeStep) -> JSONValue {
        var object: JSONObject = [
            "name": .string(step.name.rawValue), "milliseconds": milliseconds(step.nanoseconds),
            "retransmissions": .integer(Int64(step.retransmissions)),
        ]
        switch step.outcome {
        case .ok: object["outcome"] = "ok"
        case .silence: object["outcome"] = "no-answer"
        case .refused(let refusal):
            object["outcome"] = "refused"
            object["code"] = .integer(Int64(refusal.code))
            object["reason"] = .string(refusal.reason)
        case .failed(let failure):
            object["outcome"] = "failed"
            object["reason"] = .string(reason(failure))
        }
        return .object(object)
    }

    private func reason(_ failure: LegFailure) -> String {
        switch failure {
        case .refused: "refused"
        case .closed: "closed"
        case .unreachable(let reason), .handshake(let reason), .local(let reason): reason
        }
    }

    private func value(_ handshake: ProbeHandshake) -> JSONValue {
        [
            "version": .string(handshake.version),
            "cipher": .string(handshake.cipher),
            "protocol": optional(handshake.chosenProtocol),
            "certificate": handshake.certificate.map(value) ?? .null,
        ]
    }

    private func value(_ certificate: ProbeCertificate) -> JSONValue {
        [
            "names": .array(certificate.names.map { .string($0) }),
            "subject": .string(certificate.subject),
            "issuer": .string(certificate.issuer),
            "notBefore": .integer(certificate.notBefore),
            "notAfter": .integer(certificate.notAfter),
            "selfSigned": .bool(certificate.isSelfSigned),
            "chainLength": .integer(Int64(certificate.chainLength)),
            "key": .string(certificate.key),
            "sha256": .string(certificate.fingerprint),
            "covers": .bool(certificate.covers(settings.host)),
            "distrust": optional(certificate.distrust),
        ]
    }

    private func value(_ echo: EchoResult) -> JSONValue {
        [
            "mode": .string(echo.mode.rawValue),
            "sent": .integer(Int64(echo.sent)),
            "reached": .integer(Int64(echo.reached)),
            "received": .integer(Int64(echo.received)),
            "largeSent": .integer(Int64(echo.largeSent)),
            "largeReceived": .integer(Int64(echo.largeReceived)),
            "medianMilliseconds": echo.median.map(milliseconds) ?? .null,
            "p95Milliseconds": echo.p95.map(milliseconds) ?? .null,
        ]
    }

    private func value(_ finding: Finding) -> JSONValue {
        [
            "id": .string(finding.id),
            "severity": .string(finding.severity.rawValue),
            "what": .string(finding.what),
            "why": .string(finding.why),
            "mend": .string(finding.mend),
            "paths": .array(finding.paths.map { .string($0.description) }),
        ]
    }
}
