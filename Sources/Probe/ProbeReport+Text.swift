import Primitives

extension ProbeReport {
    /// For people: a few lines for each path, then what is wrong and what to do.
    package var text: String {
        var lines = [head]
        for address in addresses {
            lines += ["", "\(address)"]
            for path in paths where path.server.ip == address { lines += self.lines(path) }
        }
        let findings = findings
        lines += [""] + summary(findings)
        for finding in findings { lines += [""] + ReportText.lines(finding) }
        return lines.joined(separator: "\n") + "\n"
    }

    private var head: String {
        guard IPAddress(settings.host) == nil, nameFailure == nil else { return settings.host }
        let count = addresses.count == 1 ? "1 address" : "\(addresses.count) addresses"
        return "\(settings.host): \(count), found in \(milliseconds(nameNanoseconds))"
    }

    private func summary(_ findings: [Finding]) -> [String] {
        let errors = findings.count { $0.severity == .error }
        let warnings = findings.count { $0.severity == .warning }
        switch verdict {
        case .ok: return ["All is well."]
        case .warnings: return ["It works. \(counted(warnings, "warning")):"]
        case .failed, .unusable:
            let rest = warnings > 0 ? ", \(counted(warnings, "warning"))" : ""
            let isUsable = verdict == .failed
            return [
                (isUsable ? "Something is wrong" : "Nothing answers")
                    + ": \(counted(errors, "error"))\(rest)."
            ]
        }
    }

    private func counted(_ count: Int, _ word: String) -> String {
        "\(count) \(word)\(count == 1 ? "" : "s")"
    }

    // MARK: - Paths

    private static let indent = "                       "

    private func lines(_ path: PathResult) -> [String] {
        let transport = ReportText.padded(path.transport.rawValue, 5)
        let port = ReportText.padded("\(path.server.port)", 6)
        let status = status(of: path)
        let word =
            switch status {
            case .ok: "ok"
            case .warning: "warning"
            case .failed: "FAILED"
            case .notOffered: "not offered"
            }
        var details = [steps(path)]
        if let handshake = path.handshake { details.append(tls(handshake)) }
        details += addresses(path) + path.echoes.map(echo)
        details.removeAll { $0.isEmpty }
        let first = "  \(transport)\(port)\(ReportText.padded(word, 10))"
        guard let head = details.first else { return [first] }
        return [first + (first.hasSuffix(" ") ? "" : "  ") + head.printable]
            + details.dropFirst().map { Self.indent + $0.printable }
    }

    private func milliseconds(_ nanoseconds: UInt64) -> String {
        let tenths = (nanoseconds + 50_000) / 100_000
        return tenths < 1_000 ? "\(tenths / 10).\(tenths % 10) ms" : "\(tenths / 10) ms"
    }

    private func steps(_ path: PathResult) -> String {
        path.steps.compactMap { step in
            let again = step.retransmissions > 0 ? " after \(step.retransmissions + 1) sends" : ""
            switch step.outcome {
            case .ok:
                switch step.name {
                case .connect, .handshake, .binding, .allocate:
                    return "\(step.name.rawValue) \(milliseconds(step.nanoseconds))\(again)"
                default: return nil
                }
            case .silence: return "\(step.name.rawValue): no answer"
            case .refused(let refusal):
                guard step.name != .challenge || refusal.code != 401 else { return nil }
                return "\(step.name.rawValue): \(refusal.code) \(refusal.reason)"
            case .failed(let failure): return "\(step.name.rawValue): \(words(failure))"
            }
        }.joined(separator: ", ")
    }

    private func words(_ failure: LegFailure) -> String {
        switch failure {
        case .refused: "refused"
        case .unreachable(let reason), .handshake(let reason), .local(let reason): reason
        case .closed: "the server hung up"
        }
    }

    private func tls(_ handshake: ProbeHandshake) -> String {
        guard let certificate = handshake.certificate else { return handshake.version }
        let days = (certificate.notAfter - Int64(clamping: settings.unixSeconds)) / 86_400
        let names = certificate.names.prefix(3).joined(separator: ", ")
        let end = days < 0 ? "expired" : "good for \(days) days"
        return "\(handshake.version), certificate for \(names), \(end)"
    }

    private func addresses(_ path: PathResult) -> [String] {
        var parts: [String] = []
        if let relayed = path.relayed { parts.append("relays at \(relayed)") }
        if let mapped = path.mapped { parts.append("sees this client as \(mapped)") }
        if let realm = path.realm { parts.append("realm \(realm)") }
        if let software = path.software, !software.isEmpty { parts.append(software) }
        return [parts.joined(separator: ", ")]
    }

    private func echo(_ echo: EchoResult) -> String {
        let name =
            switch echo.mode {
            case .ownSocket: "own socket and relay"
            case .indications: "relay to relay"
            case .channels: "relay to relay, channels"
            }
        var text = "\(name): \(echo.received) of \(echo.sent) packets came back"
        if echo.received == 0, echo.reached > 0 {
            text += ", \(echo.reached) reached the far end"
        }
        if let median = echo.median, let p95 = echo.p95 {
            text += ", round trip \(milliseconds(median)), p95 \(milliseconds(p95))"
        }
        return text
    }
}
