import Admin
import HTTP
import Primitives
import WebAPI

/// Whom the administration over HTTPS asks: the control room.
protocol AdministrationRoom: AnyObject {
    /// As the admin socket is answered.
    func answer(_ request: AdminRequest) -> AdminReply
    /// Writes a line to the log.
    func note(_ level: LogLevel, _ line: String)
}

extension ControlRoom: AdministrationRoom {
    func note(_ level: LogLevel, _ line: String) { log.write(level, line) }
}

/// What lies below `/admin`: a page, and below `/admin/api` the paths of the admin socket.
///
/// The token comes in a field that browsers add to nothing by themselves: neither a page of another
/// site nor a name that is pointed at this machine makes a browser show it.
struct Administration {
    private let request: WebRequest

    /// Nil for any other path.
    init?(_ request: WebRequest) {
        guard request.request.target.segments.first == "admin" else { return nil }
        self.request = request
    }

    /// The request as the admin socket gets it; nil when it asks for the page.
    var order: HTTPRequest? {
        let segments = request.request.target.segments
        guard segments.count > 1, segments[1] == "api" else { return nil }
        var order = request.request
        order.target = HTTPTarget(segments: Array(segments[2...]), query: order.target.query)
        return order
    }

    /// Whether nobody on the way could read the token: TLS, or a proxy on this machine that ends
    /// it and says so.
    var isSecure: Bool {
        request.isSecure || isForwarded && Forwarded.isSecure(request.request)
    }

    /// Whose guesses are counted.
    var client: IPAddress {
        guard isForwarded, let address = Forwarded.client(request.request) else {
            return request.client.ip
        }
        return address
    }

    private var isForwarded: Bool { request.client.ip.isLoopback }
}

// Who may, and what they are told.
extension Administration {
    /// The answer to whoever is not admitted, and a line for the log; nil for the holder of the
    /// token.
    static func refusal(
        _ verdict: AdminGate.Verdict, to order: HTTPRequest, from client: IPAddress
    ) -> (response: HTTPResponse, line: String?)? {
        switch verdict {
        case .admitted: nil
        case .nameless:
            (challenge("show the admin token as Authorization: Bearer TOKEN", order), nil)
        case .wrong(let isFirst):
            (
                challenge("this is not the admin token", order),
                isFirst ? "a wrong admin token was shown by \(client)" : nil
            )
        case .tooMany(let seconds, let isFirst):
            (
                response(
                    .tooManyAttempts, "too many wrong tokens; come back in \(seconds) s", order,
                    [HTTPField("retry-after", String(seconds))]),
                isFirst ? "too many wrong admin tokens from \(client): refused for now" : nil
            )
        case .tooManyInAll(let seconds, let isFirst):
            (
                response(
                    .tooManyAttempts,
                    "too many wrong tokens from other networks; come back in \(seconds) s", order,
                    [HTTPField("retry-after", String(seconds))]),
                isFirst
                    ? "wrong admin tokens from hundreds of networks: only networks that showed the "
                        + "right one within a day are listened to" : nil
            )
        }
    }

    /// What is said to whoever comes without TLS.
    static func onlyEncrypted(_ order: HTTPRequest?) -> HTTPResponse {
        let words = "only over HTTPS: the admin token must not cross a network in the clear"
        if let order { return response(.forbidden, words, order) }
        return HTTPResponse(
            .forbidden,
            fields: HTTPFields(
                [HTTPField("content-type", "text/plain; charset=utf-8")] + fields),
            body: Array("The administration answers \(words).\n".utf8))
    }

    private static func challenge(_ words: String, _ order: HTTPRequest) -> HTTPResponse {
        response(
            .unauthorized, words, order,
            [HTTPField("www-authenticate", "Bearer realm=\"turnstone admin\"")])
    }

    private static func response(
        _ code: AdminRefusal.Code, _ words: String, _ order: HTTPRequest,
        _ more: [HTTPField] = []
    ) -> HTTPResponse {
        var response = AdminRouter.response(to: AdminRefusal(code, words), of: order)
        for field in more { response.fields.append(field) }
        return response
    }

    /// Of every answer: nothing is kept, nothing is guessed at.
    static let fields = [
        HTTPField("cache-control", "no-store"), HTTPField("referrer-policy", "no-referrer"),
        HTTPField("x-content-type-options", "nosniff"),
    ]
}

extension ApplicationService {
    /// To whom the operator gave no token there is nothing here (calls.md 14).
    func answer(_ administration: Administration, _ request: WebRequest) -> WebAnswer {
        guard router.hasAdministration else { return pages.notFound }
        guard administration.isSecure else {
            return .response(Administration.onlyEncrypted(administration.order))
        }
        guard let order = administration.order else { return pages.answer(request) }
        var response = perform(order, from: administration.client)
        for field in Administration.fields where response.fields[field.name] == nil {
            response.fields.append(field)
        }
        return .response(response)
    }

    private func perform(_ order: HTTPRequest, from client: IPAddress) -> HTTPResponse {
        let verdict = judge(order, from: client)
        if let refusal = Administration.refusal(verdict, to: order, from: client) {
            if let line = refusal.line { room?.note(.warning, line) }
            return refusal.response
        }
        do throws(AdminRefusal) {
            guard let room else { throw AdminRefusal(.unavailable, "starting or stopping") }
            let request = try AdminRouter.route(order)
            if order.method != .get, order.method != .head {
                // Without the body, which may hold a password.
                let what = "\(order.method.rawValue) \(order.target.description)"
                room.note(.info, "administrator at \(client): \(what)")
            }
            return AdminJSON.response(to: room.answer(request))
        } catch {
            return AdminRouter.response(to: error, of: order)
        }
    }
}
