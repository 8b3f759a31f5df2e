/// What kind of content a resource is, as Content-Type says it (RFC 9110 §8.3).
package struct MediaType: Hashable, Sendable {
    /// With its charset, where the type takes one.
    package let text: String

    /// Text is UTF-8; JSON and binary types have no charset parameter.
    package init(_ text: String) {
        self.text =
            text.hasPrefix("text/") && !text.contains("charset")
            ? text + "; charset=utf-8" : text
    }

    /// By the ending of a path; bytes that nobody knows are never guessed at by a browser.
    package init(ofPath path: String) {
        let name = path.split(separator: "/").last ?? ""
        let ending = name.split(separator: ".").dropFirst().last.map { $0.lowercased() } ?? ""
        self.init(Self.types[ending] ?? "application/octet-stream")
    }

    private static let types: [String: String] = [
        "css": "text/css", "gif": "image/gif", "html": "text/html", "ico": "image/x-icon",
        "jpeg": "image/jpeg", "jpg": "image/jpeg", "js": "text/javascript",
        "json": "application/json", "map": "application/json", "mjs": "text/javascript",
        "mp3": "audio/mpeg", "png": "image/png", "svg": "image/svg+xml", "ts": "text/plain",
        "txt": "text/plain", "wasm": "application/wasm", "wav": "audio/wav",
        "webmanifest": "application/manifest+json", "webp": "image/webp", "woff2": "font/woff2",
        "xml": "application/xml",
    ]
}
