/// A table of resources and the answers to requests for them.
///
/// There is no file system behind it, so no path can lead out of it. Bodies are shared with the
/// table until they are serialized, once for each response.
package struct StaticResources: Sendable {
    /// What browsers are told about every answer.
    package struct Policy: Hashable, Sendable {
        /// Content-Security-Policy; by default a page loads and connects to nothing but its own
        /// origin and cannot be framed.
        package var contentSecurity =
            "default-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; "
            + "object-src 'none'"
        package var referrer = "no-referrer"
        /// Permissions-Policy: which devices a page may ask for; nil leaves it to the browser.
        package var permissions: String?

        package init() {}

        /// Always with `nosniff`, since a media type is what we say it is, and apart from windows
        /// of other sites.
        var fields: [HTTPField] {
            [
                HTTPField("content-security-policy", contentSecurity),
                HTTPField("cross-origin-opener-policy", "same-origin"),
                HTTPField("referrer-policy", referrer),
                HTTPField("x-content-type-options", "nosniff"),
            ] + (permissions.map { [HTTPField("permissions-policy", $0)] } ?? [])
        }
    }

    private struct Entry {
        let resource: StaticResource
        let tag: EntityTag
    }

    private static let allow = HTTPField("allow", "GET, HEAD, OPTIONS")

    private let entries: [[String]: Entry]
    private let policyFields: [HTTPField]

    /// Of two resources with one path the later counts.
    package init(_ resources: [StaticResource], policy: Policy = Policy()) {
        policyFields = policy.fields
        entries = Dictionary(
            resources.map { resource in
                let segments = resource.path.dropFirst()
                    .split(separator: "/", omittingEmptySubsequences: false).map(String.init)
                return (segments, Entry(resource: resource, tag: EntityTag(of: resource.bytes)))
            }, uniquingKeysWith: { _, later in later })
    }

    /// The answer to a request for a path of this table; nil when it names none of them.
    package func response(to request: HTTPRequest) -> HTTPResponse? {
        // RFC 9110 §9.3.7: OPTIONS `*` asks whether the server is there and what it can do.
        if request.target == .server { return answer(.noContent, [Self.allow]) }
        guard let entry = entries[request.target.segments] else { return nil }
        switch request.method {
        case .get, .head: return content(of: entry, for: request)
        case .options: return answer(.noContent, [Self.allow])
        default: return answer(.methodNotAllowed, [Self.allow])
        }
    }

    /// What a path that nothing knows is answered.
    package var notFound: HTTPResponse { answer(.notFound, []) }

    private func content(of entry: Entry, for request: HTTPRequest) -> HTTPResponse {
        let resource = entry.resource
        var tag = entry.tag
        var fields: [HTTPField] = []
        var body = resource.bytes
        if let gzip = resource.gzip {
            // RFC 9110 §12.5.5: also the answer that was not compressed depends on the field.
            fields.append(HTTPField("vary", "accept-encoding"))
            if HTTPContentCoding.gzip.isAccepted(by: request) {
                fields.append(HTTPField("content-encoding", HTTPContentCoding.gzip.rawValue))
                tag = tag.suffixed("-gzip")
                body = gzip
            }
        }
        fields += [
            HTTPField("etag", tag.text),
            HTTPField("cache-control", Self.caching(of: resource)),
        ]
        // RFC 9110 §13.2.2: If-Match first. The dates of §13.1.3 and §13.1.4 do not count, since
        // nothing here has a modification date.
        if let wanted = EntityTagList(request.fields.values("if-match")),
            !wanted.matchesStrongly(tag)
        {
            return answer(.preconditionFailed, [])
        }
        if let known = EntityTagList(request.fields.values("if-none-match")),
            known.matchesWeakly(tag)
        {
            // RFC 9110 §15.4.5: the fields that a cache updates, and no description of content.
            return answer(.notModified, fields.filter { $0.name != "content-encoding" })
        }
        fields.append(HTTPField("content-type", resource.mediaType.text))
        return answer(.ok, fields, body)
    }

    private func answer(
        _ status: HTTPStatus, _ fields: [HTTPField], _ body: [UInt8] = []
    ) -> HTTPResponse {
        HTTPResponse(status, fields: HTTPFields(fields + policyFields), body: body)
    }

    /// A page is asked for again each time and usually answered 304; a name that holds a hash is
    /// kept for a year, the longest that RFC 9111 §1.2.2 has in mind (RFC 8246 for `immutable`).
    private static func caching(of resource: StaticResource) -> String {
        resource.isFingerprinted ? "public, max-age=31536000, immutable" : "no-cache"
    }
}
