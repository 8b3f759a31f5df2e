import Primitives

/// The URL of a hook, judged and not kept: `http` or `https`, a host, perhaps a port and a path.
struct HookAddress {
    /// The name or address of the server, without brackets.
    let host: Substring
    let isEncrypted: Bool

    init(_ text: String) throws(Problem) {
        let lower = text.lowercased()
        guard let scheme = ["https://", "http://"].first(where: lower.hasPrefix) else {
            throw Self.problem("This is no address of a hook.")
        }
        let rest = text.dropFirst(scheme.utf8.count)
        // Visible ASCII; everything else stands in URLs in its encoded form (RFC 3986 §2).
        guard rest.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw Self.problem("There is a character that URLs do not have.")
        }
        guard !rest.contains("#") else { throw Self.problem("A fragment is never sent.") }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else {
            throw Self.problem(
                "A user and a password do not belong here; requests are signed with"
                    + " `webhook-secret`.")
        }
        guard Reader.isAuthority(authority) else {
            throw Self.problem("There is no host, or a port that is none.")
        }
        isEncrypted = scheme == "https://"
        host =
            authority.hasPrefix("[")
            ? authority.dropFirst().prefix { $0 != "]" } : authority.prefix { $0 != ":" }
    }

    /// Whether nothing that is sent there leaves this machine.
    var isLocal: Bool {
        IPAddress(host)?.isLoopback ?? (host.lowercased() == "localhost")
    }

    private static func problem(_ message: String) -> Problem {
        .invalid(message, accepted: "https://app.example.org/path, or http:// on this machine")
    }
}
