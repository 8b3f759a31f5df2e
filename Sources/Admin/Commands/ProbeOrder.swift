/// What `turnstone probe` was told.
package struct ProbeOrder: Hashable, Sendable {
    /// A name, or an address without brackets.
    package var host: String
    /// Nil: the usual ones.
    package var port: UInt16?
    package var tlsPort: UInt16?
    /// Of `udp`, `tcp`, `tls` and `dtls`, each once; nil: all.
    package var transports: [String]?
    /// 4 or 6; nil: both.
    package var family: Int?
    package var user: String?
    package var password: String?
    package var passwordFile: String?
    package var secret: String?
    package var secretFile: String?
    package var realm: String?
    package var authoritiesFile: String?
    package var timeoutSeconds: UInt32?
    package var json = false

    /// Variables that are used where neither option is given: they do not stand in `ps`.
    package static let passwordVariable = "TURNSTONE_PROBE_PASSWORD"
    package static let secretVariable = "TURNSTONE_PROBE_SECRET"

    static let transportNames = ["udp", "tcp", "tls", "dtls"]

    init(host: String) { self.host = host }

    /// Reads `HOST`, `HOST:PORT`, `[ADDRESS]:PORT`, or such behind `stun:`, `turn:` or `turns:`
    /// (RFC 7065), whose `?transport=` counts too. Nil when it is none of these.
    init?(target: String) {
        var rest = target[...]
        var isSecure = false
        for scheme in ["stun:", "turn:", "stuns:", "turns:"] where rest.hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count)
            isSecure = scheme.hasSuffix("s:")
            transports = isSecure ? ["tls"] : scheme == "stun:" ? ["udp"] : nil
            break
        }
        if let query = rest.firstIndex(of: "?") {
            let names = ["transport=udp": "udp", "transport=tcp": "tcp"]
            guard let name = names[String(rest[rest.index(after: query)...])] else { return nil }
            transports = [isSecure ? (name == "udp" ? "dtls" : "tls") : name]
            rest = rest[..<query]
        }
        guard let (host, port) = Self.split(rest) else { return nil }
        self.host = host
        guard let port else { return }
        if isSecure { tlsPort = port } else { self.port = port }
    }

    private static func split(_ text: Substring) -> (host: String, port: UInt16?)? {
        var host = text
        var port: Substring?
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            let tail = text[text.index(after: end)...]
            guard tail.isEmpty || tail.first == ":" else { return nil }
            port = tail.isEmpty ? nil : tail.dropFirst()
        } else if let colon = text.firstIndex(of: ":"), colon == text.lastIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        // RFC 1035 §2.3.4: 253 characters of a name.
        guard !host.isEmpty, host.utf8.count <= 253,
            host.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "/") })
        else { return nil }
        guard let port else { return (String(host), nil) }
        guard let number = Self.port(String(port)) else { return nil }
        return (String(host), number)
    }

    static func port(_ text: String) -> UInt16? {
        UInt16(text).flatMap { $0 > 0 && text.utf8.first != UInt8(ascii: "+") ? $0 : nil }
    }
}

/// Passwords and secrets stay out of whatever prints the value.
extension ProbeOrder: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String { "probe of \(host)" }
    package var debugDescription: String { description }
}
