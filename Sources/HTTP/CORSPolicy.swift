/// Which pages of other origins may read answers (the Fetch standard, CORS protocol).
///
/// This guards a browser's user, not the server: a request of an origin that is not listed is
/// answered all the same, and its page cannot see the answer. Whoever acts on requests checks
/// `allows(_:)` first.
package struct CORSPolicy: Hashable, Sendable {
    /// Why a policy was not made.
    package enum Failure: Error, Hashable, Sendable {
        /// Not `scheme://host[:port]`, and neither `null` nor `*`.
        case notAnOrigin(String)
        /// `*` beside credentials would let every page act as its user.
        case credentialsForAnyOrigin
    }

    /// Methods a page may use beyond those that need no leave.
    package var methods: [HTTPMethod] = [.get, .head, .post]
    /// Names of request fields, in lower case.
    package var requestFields: [String] = ["content-type"]
    /// Names of response fields that a page may read beyond the safe ones.
    package var exposedFields: [String] = []
    /// How long a browser may remember a preflight; Chromium's bound is two hours.
    package var maxAgeSeconds = 7_200

    private let origins: Set<HTTPOrigin>
    /// With schemes whose ports nobody knows: compared as they are written.
    private let originsOfApps: Set<String>
    private let allowsNull: Bool
    private let allowsAny: Bool
    private let allowsCredentials: Bool

    /// `origins`: `https://app.example.org`, with a port when it is not the scheme's own; an origin
    /// of an app such as `capacitor://localhost`, as the app writes it; `null` for pages without
    /// an origin, `*` for all.
    package init(origins: [String], allowsCredentials: Bool = false) throws(Failure) {
        var listed: Set<HTTPOrigin> = []
        var ofApps: Set<String> = []
        for text in origins where text != "null" && text != "*" {
            if let origin = HTTPOrigin(text) {
                listed.insert(origin)
            } else if Self.isOfApp(text) {
                ofApps.insert(text)
            } else {
                throw .notAnOrigin(text)
            }
        }
        self.origins = listed
        originsOfApps = ofApps
        self.allowsCredentials = allowsCredentials
        allowsNull = origins.contains("null")
        allowsAny = origins.contains("*")
        guard !allowsAny || !allowsCredentials else { throw .credentialsForAnyOrigin }
    }

    /// Whether the page that sent `request` is of a listed origin. False without an Origin field
    /// or with two: then no page sent it, or nobody knows which.
    package func allows(_ request: HTTPRequest) -> Bool { origin(of: request) != nil }

    /// The answer to a preflight; nil when `request` is none.
    package func preflight(_ request: HTTPRequest) -> HTTPResponse? {
        let wanted = request.fields.values("access-control-request-method")
        guard request.method == .options, request.fields["origin"] != nil, !wanted.isEmpty
        else { return nil }
        var response = HTTPResponse(.noContent)
        response.fields.append(
            HTTPField(
                "vary",
                "origin, access-control-request-method, access-control-request-headers"))
        guard let origin = origin(of: request), wanted.count == 1,
            methods.contains(where: { $0.rawValue == wanted[0] }), fieldsAreAllowed(request)
        else {
            response.status = .forbidden
            return response
        }
        response.fields.append(contentsOf: grant(origin))
        response.fields.append(contentsOf: [
            HTTPField(
                "access-control-allow-methods",
                methods.map(\.rawValue).joined(separator: ", ")),
            HTTPField("access-control-allow-headers", requestFields.joined(separator: ", ")),
            HTTPField("access-control-max-age", String(maxAgeSeconds)),
        ])
        return response
    }

    /// Lets the page that sent `request` read `response`, if it may.
    package func apply(to response: inout HTTPResponse, for request: HTTPRequest) {
        // A cache must not give the answer made for one origin to another, nor the one for none.
        if !allowsAny { response.fields.append(HTTPField("vary", "origin")) }
        guard let origin = origin(of: request) else { return }
        response.fields.append(contentsOf: grant(origin))
        if !exposedFields.isEmpty {
            response.fields.append(
                HTTPField(
                    "access-control-expose-headers", exposedFields.joined(separator: ", ")))
        }
    }

    private func grant(_ origin: String) -> [HTTPField] {
        var fields = [HTTPField("access-control-allow-origin", allowsAny ? "*" : origin)]
        if allowsCredentials {
            fields.append(HTTPField("access-control-allow-credentials", "true"))
        }
        return fields
    }

    /// The Origin field as it was written, when it is listed: a browser compares bytes.
    private func origin(of request: HTTPRequest) -> String? {
        let values = request.fields.values("origin")
        guard values.count == 1 else { return nil }
        if allowsAny { return values[0] }
        if values[0] == "null" { return allowsNull ? "null" : nil }
        guard let origin = HTTPOrigin(values[0]) else {
            return originsOfApps.contains(values[0]) ? values[0] : nil
        }
        return origins.contains(origin) ? values[0] : nil
    }

    /// `scheme://host`, in visible ASCII, of a scheme that is not http or https.
    private static func isOfApp(_ text: String) -> Bool {
        guard let mark = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return false }
        let scheme = text[..<mark].lowercased()
        return !scheme.isEmpty && scheme != "http" && scheme != "https"
            && text[mark...].hasPrefix("://")
            && text.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != UInt8(ascii: ",") }
    }

    private func fieldsAreAllowed(_ request: HTTPRequest) -> Bool {
        request.fields.values("access-control-request-headers").allSatisfy { value in
            value.split(separator: ",").map { $0.trimmingBlanks().lowercased() }
                .allSatisfy { $0.isEmpty || requestFields.contains($0) }
        }
    }
}
