import Primitives

// Whether the server can be reached at all.
extension Diagnosis {
    func reach(_ path: PathResult) -> [Finding] {
        guard
            let step = path.steps.first(where: {
                [.connect, .handshake, .binding].contains($0.name) && $0.outcome != .ok
            })
        else { return [] }
        switch (step.name, step.outcome) {
        // An answer that refuses Binding is an answer: what counts is Allocate.
        case (.binding, .refused): return []
        case (_, .failed(.unreachable(let reason))): return [noRoute(path, reason)]
        case (_, .failed(.local(let reason))) where step.name != .binding:
            return [
                Finding(
                    "not-tested", .error, "\(place(path)) could not be tested: \(reason)",
                    why: "This machine lacks what the test needs.", mend: "Try from another one.")
            ]
        case (.handshake, .failed(.handshake(let reason))) where path.transport == .tls:
            return [handshakeFailed(path, reason)]
        case (.handshake, .failed(.handshake(let reason)))
        where !reason.hasPrefix("no answer"):
            return [handshakeFailed(path, reason)]
        case (.binding, _) where path.transport != .udp: return [noSTUN(path)]
        case (_, .failed(.refused)): return [refused(path)]
        case (.handshake, _) where passesUDP(path.server.ip) == true:
            return [noDTLS(path)]
        default: return [silent(path)]
        }
    }

    private func place(_ path: PathResult) -> String {
        "port \(path.server.port) (\(path.transport.rawValue))"
    }

    private func packets(_ path: PathResult) -> String {
        path.transport.isStream ? "TCP" : "UDP"
    }

    private func noRoute(_ path: PathResult, _ reason: String) -> Finding {
        let others = report.addresses.contains { $0 != path.server.ip && isAnswered($0) }
        let family = path.server.ip.family == .ipv4 ? "IPv4" : "IPv6"
        return Finding(
            "no-route", others ? .note : .error,
            "\(path.server.ip) cannot be reached from here: \(reason.lowercased())",
            why: "This network has no way to that \(family) address, so nothing is known of it.",
            mend: "Test from a machine that has \(family).")
    }

    private func refused(_ path: PathResult) -> Finding {
        Finding(
            "\(path.transport.rawValue)-refused", severityOfAbsence(path),
            "nothing listens on \(place(path))", why: absence(path),
            mend: path.transport.isSecure
                ? "Give the server a certificate and key (cert, pkey) and tls-listening-port="
                    + "\(path.server.port), or probe the port it uses with --tls-port."
                : "Start the server, or let it listen on this address and port "
                    + "(listening-ip, listening-port=\(path.server.port)).")
    }

    /// Other packets come through, so it is not the way.
    private func noDTLS(_ path: PathResult) -> Finding {
        Finding(
            "dtls-no-answer", severityOfAbsence(path), "no answer to DTLS on \(place(path))",
            why: absence(path),
            mend: "If it is wanted: give the server a certificate and key (cert, pkey), and "
                + "coturn 4.17 or later the option dtls.")
    }

    private func silent(_ path: PathResult) -> Finding {
        let isAlone = isAnswered(path.server.ip)
        let what = "no answer from \(place(path)): packets are dropped on the way"
        var mend =
            "Open \(path.server.port)/\(packets(path).lowercased()) in the server's firewall "
            + "(nftables, ufw) and in the provider's (security group)"
        if path.transport == .udp, isAlone {
            mend += "; if it is open there, this network blocks UDP: test from another one"
        }
        return Finding(
            "\(path.transport.rawValue)-no-answer", severityOfAbsence(path), what,
            why: absence(path), mend: mend + ".")
    }

    /// Why a transport that does not work breaks calls.
    private func absence(_ path: PathResult) -> String {
        switch path.transport {
        case .udp:
            "UDP carries nearly all calls; without it they fall back to TCP and suffer from every "
                + "lost packet, or fail."
        case .tcp: "People whose network blocks UDP cannot use turn:...?transport=tcp."
        case .tls:
            "People whose network lets only TLS through (offices, hotels) cannot call at all."
        case .dtls: "Few clients use DTLS; browsers do not."
        }
    }

    private func handshakeFailed(_ path: PathResult, _ reason: String) -> Finding {
        // What OpenSSL says when the other side answers, but not with TLS.
        let isPlain = ["wrong version number", "packet length too long", "http request", "closed"]
            .contains { reason.contains($0) }
        return Finding(
            "handshake-failed", isPlain ? severityOfAbsence(path) : .error,
            "the handshake with \(place(path)) fails: \(reason)", why: absence(path),
            mend: isPlain
                ? "What listens there speaks no TLS: name the right port with --tls-port, or give "
                    + "the server its certificate and key (cert, pkey)."
                : "Look into the server's log. It needs TLS 1.2 or 1.3 and a certificate with a "
                    + "key of 2048 bits RSA or P-256 at least.")
    }

    private func noSTUN(_ path: PathResult) -> Finding {
        Finding(
            "no-stun", .error, "what answers at \(place(path)) is no STUN server",
            why: "Clients that are sent there get no answer.",
            mend: "Something else listens on that port, such as a web server. Let the TURN server "
                + "have it, or probe the right one with --port and --tls-port.")
    }
}
