package import JSON

/// An ICE candidate as a client trickles it: an object like `RTCIceCandidateInit`, or the bare
/// candidate text. Carried untouched, with the fragment that ties it to a description.
package struct Candidate: Hashable, Sendable, Codable {
    package let json: JSONValue
    /// `usernameFragment`, else what follows `ufrag` in the text (RFC 8838 §11.1); nil without.
    package let ufrag: String?
    /// An empty candidate: this side has found all it will find.
    package let isEnd: Bool

    /// Nil when the value is no candidate or larger than one may be.
    package init?(_ json: JSONValue) {
        let text: String
        var fragment: String?
        switch json {
        case .string(let value): text = value
        case .object(let object):
            guard let value = object["candidate"]?.string, object.fields.count <= 8 else {
                return nil
            }
            text = value
            switch object["usernameFragment"] {
            case nil, .null?: break
            case .string(let value)?: fragment = value
            default: return nil
            }
            let others = object.fields.filter { $0.name != "candidate" }
            guard others.allSatisfy({ Self.isSmall($0) }) else { return nil }
        default: return nil
        }
        guard text.utf8.count <= WireLimits.candidateBytesMax else { return nil }
        self.json = json
        ufrag = fragment.flatMap { $0.isEmpty ? nil : $0 } ?? Self.ufrag(in: text)
        isEnd = text.isEmpty
    }

    /// The other members of `RTCIceCandidateInit` are numbers and short texts.
    private static func isSmall(_ field: JSONObject.Field) -> Bool {
        guard field.name.utf8.count <= 64 else { return false }
        switch field.value {
        case .string(let text): return text.utf8.count <= WireLimits.ufragBytesMax
        case .array, .object: return false
        case .null, .bool, .integer, .number: return true
        }
    }

    private static func ufrag(in text: String) -> String? {
        let words = text.utf8.split(separator: 0x20)
        guard let mark = words.firstIndex(where: { $0.elementsEqual("ufrag".utf8) }),
            mark + 1 < words.count, words[mark + 1].count <= WireLimits.ufragBytesMax
        else { return nil }
        return String(Substring(words[mark + 1]))
    }
}
