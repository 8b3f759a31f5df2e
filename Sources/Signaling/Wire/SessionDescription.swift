package import JSON

/// An SDP offer or answer. Carried untouched; only its ICE user fragments are looked at, since
/// they tell which candidates belong to it.
package struct SessionDescription: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, Codable {
        case offer
        case answer
    }

    package let kind: Kind
    package let sdp: String
    /// The distinct `a=ice-ufrag` values in order, at most `WireLimits.ufragsMax`.
    package let ufrags: [String]

    package init(_ kind: Kind, sdp: String) {
        self.kind = kind
        self.sdp = sdp
        ufrags = Self.ufrags(in: sdp)
    }

    /// `{type, sdp}`, as a browser takes it.
    package var json: JSONValue {
        ["type": .string(kind.rawValue), "sdp": .string(sdp)]
    }

    /// RFC 8839 §5.4: at session or media level, one line each.
    private static func ufrags(in sdp: String) -> [String] {
        var found: [String] = []
        let prefix = "a=ice-ufrag:"
        for line in sdp.utf8.split(whereSeparator: { $0 == 0x0a || $0 == 0x0d })
        where line.starts(with: prefix.utf8) {
            let value = line.dropFirst(prefix.utf8.count).prefix { $0 != 0x20 }
            let text = String(Substring(value))
            guard value.count <= WireLimits.ufragBytesMax, !found.contains(text) else { continue }
            found.append(text)
            if found.count == WireLimits.ufragsMax { break }
        }
        return found
    }
}
