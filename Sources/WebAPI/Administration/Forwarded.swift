package import HTTP
package import Primitives

/// What a proxy on this machine says of the request that it passed on. Each of those on the way
/// adds to the end of a list, so the last item is the proxy's own word.
package enum Forwarded {
    /// For whom; nil when it names no address.
    package static func client(_ request: HTTPRequest) -> IPAddress? {
        lastItem("x-forwarded-for", request).flatMap { IPAddress($0) }
    }

    /// Whether that one came by HTTPS.
    package static func isSecure(_ request: HTTPRequest) -> Bool {
        lastItem("x-forwarded-proto", request)?.lowercased() == "https"
    }

    private static func lastItem(_ field: String, _ request: HTTPRequest) -> String? {
        request.fields.values(field).last?.split(separator: ",").last
            .map { $0.filter { $0 != " " } }
    }
}
