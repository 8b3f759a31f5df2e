import HTTP
import JSON
import Primitives
import Signaling

// Results of connection tests, and what the page that makes them has to know.
extension WebRouter {
    /// From our own pages and those that may open sockets; with a token or a key, unless it is a
    /// demo, where nobody has one.
    mutating func report(_ visit: Visit) throws(WebRefusal) -> HTTPResponse {
        guard let calls = visit.calls else { throw .notFound }
        guard calls.allowsOrigin(of: visit.request) else {
            throw .refused(
                ErrorReply(.forbidden, "this page's origin is not listed; see cors-origin"))
        }
        let isOpen = calls.takesAnonymous && PresentedKey(bearer: visit.request) == nil
        let user = isOpen ? nil : CallerName(try caller(of: visit, calls)).text
        if let wait = reportLimits.take(visit.client, at: visit.now.monotonic) {
            throw .tooManyRequests(retrySeconds: wait)
        }
        guard visit.request.body.count <= ConnectionReport.bytesMax else {
            throw .contentTooLarge(ConnectionReport.bytesMax)
        }
        let content: ConnectionReport = try RequestBody.read(visit.request) {
            fields throws(FieldDefect) -> ConnectionReport in try ConnectionReport(fields)
        }
        let id = reports.keep(content, from: visit.client, user: user, at: visit.now)
        return .json(.created, ["report_id": .integer(Int64(clamping: id))])
    }

    /// Known to whoever connects; read before there is a token, like the configuration.
    func relayFacts(_ visit: Visit) -> HTTPResponse {
        let facts = visit.issuer.facts
        return .json(
            .ok,
            [
                "addresses": .array(facts.addresses.map { .string($0) }),
                "ports": [
                    "first": .integer(Int64(facts.ports.lowerBound)),
                    "last": .integer(Int64(facts.ports.upperBound)),
                ],
                "certificate_names": .array(facts.certificateNames.map { .string($0) }),
                "server_time_ms": .integer(Int64(clamping: visit.now.unixSeconds) * 1_000),
            ])
    }
}
