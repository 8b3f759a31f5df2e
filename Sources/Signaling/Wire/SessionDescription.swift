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
        let bytes = sdp.utf8.span
        var start = 0
        while start < bytes.count, found.count < WireLimits.ufragsMax {
            let end = lineEnd(in: bytes, from: start)
            if let ufrag = ufrag(in: bytes.extracting(start..<end)), !found.contains(ufrag) {
                found.append(ufrag)
            }
            start = end + 1
        }
        return found
    }

    private static func lineEnd(in bytes: Span<UInt8>, from start: Int) -> Int {
        var end = start
        while end < bytes.count, bytes[end] != 0x0a, bytes[end] != 0x0d { end &+= 1 }
        return end
    }

    /// Nil for every other line, and for a fragment that is too long.
    private static func ufrag(in line: Span<UInt8>) -> String? {
        let prefix = "a=ice-ufrag:".utf8.span
        guard line.count > prefix.count else { return nil }
        for index in prefix.indices where line[index] != prefix[index] { return nil }
        var end = prefix.count
        while end < line.count, line[end] != 0x20 { end += 1 }
        guard end - prefix.count <= WireLimits.ufragBytesMax else { return nil }
        guard let value = try? UTF8Span(validating: line.extracting(prefix.count..<end)) else {
            return nil
        }
        return String(copying: value)
    }
}
