/// The form in which a target was written (RFC 9112 §3.2), and the authority if it named one.
struct HTTPTargetForm: Hashable, Sendable {
    let target: HTTPTarget
    /// Of the absolute form.
    let authority: String?

    /// Reads the origin form, `/path?query` (RFC 9112 §3.2.1), the absolute form (§3.2.2), and
    /// for OPTIONS the asterisk form (§3.2.4). CONNECT, which has its own, is no method here.
    init(parsing text: ArraySlice<UInt8>, for method: HTTPMethod) throws(HTTPRefusal) {
        if text.first == UInt8(ascii: "/") {
            target = try HTTPTarget(parsing: text)
            authority = nil
        } else if text.elementsEqual("*".utf8) {
            guard method == .options else { throw .malformedTarget }
            target = .server
            authority = nil
        } else {
            let rest = try Self.afterScheme(text)
            let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
            let host = rest[..<(end ?? rest.endIndex)]
            // RFC 9110 §4.2.1: an empty host makes the whole URI invalid.
            guard HTTPAuthority.isValid(host) else { throw .malformedTarget }
            authority = String(decoding: host, as: UTF8.self)
            guard let end else {
                // RFC 9112 §3.2.4: OPTIONS without a path asks about the server.
                target = method == .options ? .server : HTTPTarget(segments: [""])
                return
            }
            // RFC 9110 §4.2.3: an empty path is the same as `/`.
            let slash = rest[end] == UInt8(ascii: "/") ? [] : [UInt8(ascii: "/")]
            target = try HTTPTarget(parsing: (slash + rest[end...])[...])
        }
    }

    private static func afterScheme(
        _ text: ArraySlice<UInt8>
    ) throws(HTTPRefusal) -> ArraySlice<UInt8> {
        for scheme in ["http://", "https://"] {
            let prefix = String(decoding: text.prefix(scheme.utf8.count), as: UTF8.self)
            if prefix.lowercased() == scheme { return text.dropFirst(scheme.utf8.count) }
        }
        throw .malformedTarget
    }
}
