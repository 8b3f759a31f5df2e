import Primitives

extension Reader {
    /// Reads `PUBLIC` or `PUBLIC/PRIVATE`.
    mutating func applyExternal(_ value: String, _ entry: inout Report.Line) throws(Problem) {
        let text = value.filter { $0 != " " && $0 != "\t" }
        guard !text.isEmpty else {
            entry.verdict = .noEffect
            entry.message = "Nothing is mapped."
            throw Problem(
                .warning, "empty-external-ip", "There is no address here.",
                "Write external-ip=PUBLIC-ADDRESS when the server is behind NAT, else delete the"
                    + " line."
            )
        }
        try checkCount(configuration.relay.external.count)
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let local = parts.count == 2 ? try address(String(parts[1])) : nil
        guard let outside = IPAddress(parts[0]) else {
            throw notAnAddress(String(parts[0]))
        }
        try checkExternal(outside, local, &entry)
        let mapping = ServerConfiguration.ExternalAddress(
            publicAddress: outside, privateAddress: local)
        let isTaken = configuration.relay.external.contains {
            $0.privateAddress == local && $0.publicAddress.family == outside.family
        }
        if isTaken {
            entry.verdict = .noEffect
            entry.message = "Nothing is mapped."
            throw Problem(
                .warning, "repeated-external-ip",
                "An earlier line maps the same; the first one counts, as in coturn.",
                "Write PUBLIC/PRIVATE on each line when there are several.")
        }
        configuration.relay.external.append(mapping)
    }

    private func checkExternal(
        _ outside: IPAddress, _ local: IPAddress?, _ entry: inout Report.Line
    ) throws(Problem) {
        guard !outside.isUnspecified else {
            throw .invalid("\(outside) is nobody's address.", accepted: "a public address")
        }
        if let local {
            guard local.family == outside.family else {
                throw .invalid(
                    "One half is IPv4, the other IPv6.",
                    accepted: "PUBLIC/PRIVATE of one family")
            }
            entry.problems.append(
                Problem(
                    .note, "private-half",
                    "coturn lets clients reach \(local) as a peer because of this line; here only"
                        + " relay ports of this server can be reached there."))
        }
        if PrivateNetworks.contains(outside) {
            entry.problems.append(
                Problem(
                    .warning, "external-ip-private",
                    "\(outside) is a private address; nobody on the Internet can send there.",
                    "Write the public address first: external-ip=PUBLIC/PRIVATE."))
        }
    }

    /// coturn looks a host name up at its start and never again, so that the first change of the
    /// address breaks every call; a file is checked without asking a name server.
    private func notAnAddress(_ text: String) -> Problem {
        let isName =
            text.contains(where: \.isLetter)
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x61...0x7a).contains($0 | 0x20) || $0 == 0x2e
                    || $0 == 0x2d
            }
        let accepted = "ADDRESS or PUBLIC/PRIVATE, such as 203.0.113.5 or 203.0.113.5/10.0.0.4"
        guard isName else {
            return .invalid("`\(Mistake.printable(text))` is no IP address.", accepted: accepted)
        }
        return Problem(
            .error, "external-ip-name",
            "`\(text)` is a host name, which is not looked up: its address must stand here.",
            "Accepted: \(accepted).")
    }
}

/// The address blocks that people number their own networks with.
enum PrivateNetworks {
    /// RFC 1918, RFC 6598 (CGNAT) and RFC 4193.
    static let blocks = [
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7",
    ].compactMap { AddressRange($0) }

    static func contains(_ address: IPAddress) -> Bool {
        blocks.contains { $0.contains(address) }
    }
}
