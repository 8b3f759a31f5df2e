import HTTP
import JSON
import Primitives

/// What a request for a credential asks, whatever convention it follows.
struct IssueOrder: Sendable {
    /// Who the credential is for, in the application's words; nil: nobody in particular.
    var user: String?
    /// What was asked, not yet within bounds; nil: the default.
    var seconds: Int64?
    /// The name in the path: an account, a key or a channel.
    var account: String
    /// Xirsys: one entry with a list of URLs, instead of one entry for each.
    var isGrouped = false

    init(_ request: HTTPRequest, to endpoint: Endpoint, account: String) throws(WebRefusal) {
        self.account = account
        switch endpoint {
        case .turn, .turnCredentials: try readForm(request, seconds: "ttl", user: "username")
        case .twilio: try readForm(request, seconds: "Ttl", user: nil)
        case .cloudflareList, .cloudflareSingle:
            try readJSON(request, seconds: "ttl", user: "customIdentifier")
        case .xirsys:
            let body = try readJSON(request, seconds: "expire", user: nil)
            isGrouped = body["format"]?.string == "urls"
        case .iceServers: try readForm(request, seconds: "ttl", user: "user")
        default: break
        }
    }

    private mutating func readForm(
        _ request: HTTPRequest, seconds: String, user: String?
    ) throws(WebRefusal) {
        guard let form = FormFields(of: request) else {
            throw .badRequest("The body is no form.")
        }
        // draft-uberti-behave-turn-rest-00 §2.1: only `turn` is defined.
        guard form["service"] ?? "turn" == "turn" else {
            throw .badRequest("service is \"turn\".")
        }
        if let user { self.user = form[user] }
        if let text = form[seconds] {
            guard let number = Int64(text) else {
                throw .badRequest("\(seconds) is a number of seconds.")
            }
            self.seconds = number
        }
    }

    @discardableResult
    private mutating func readJSON(
        _ request: HTTPRequest, seconds: String, user: String?
    ) throws(WebRefusal) -> JSONObject {
        guard !request.body.isEmpty else { return JSONObject() }
        guard let body = (try? JSONValue.parse(request.body.span))?.object else {
            throw .badRequest("The body is no JSON object.")
        }
        if let value = body[seconds], !value.isNull {
            guard let number = value.integer else {
                throw .badRequest("\(seconds) is a number of seconds.")
            }
            self.seconds = number
        }
        if let user, let value = body[user], !value.isNull {
            guard let text = value.string else { throw .badRequest("\(user) is a text.") }
            self.user = text
        }
        return body
    }

    /// Within the bounds of this server, which bend what is asked instead of refusing it.
    func lifetime(_ settings: WebSettings) -> Seconds {
        WebSettings.bend(seconds ?? Int64(settings.lifetime.count))
    }

    /// A user is 1 to 128 printable ASCII characters without the separator, which would make the
    /// rest of it look like another field of the user name.
    func checkUser(separator: UInt8) throws(WebRefusal) {
        guard let user else { return }
        let isGood =
            (1...128).contains(user.utf8.count)
            && user.utf8.allSatisfy { (0x20...0x7e).contains($0) && $0 != separator }
        guard isGood else {
            let sign = Character(Unicode.Scalar(separator))
            throw .badRequest("A user is 1 to 128 printable ASCII characters without \(sign).")
        }
    }

    /// How a request of this convention shows its key; nil when it shows none.
    static func key(
        of request: HTTPRequest, to endpoint: Endpoint, account: String
    ) -> PresentedKey? {
        switch endpoint {
        case .turn, .turnCredentials:
            if let bearer = PresentedKey(bearer: request) { return bearer }
            guard let form = FormFields(of: request) else { return nil }
            return (form["key"] ?? form["api"]).map { PresentedKey(key: $0) }
        case .cloudflareList, .cloudflareSingle, .cloudflareRevoke:
            var key = PresentedKey(bearer: request)
            key?.name = account
            return key
        case .twilio:
            // The account of the path is the one that speaks.
            let key = PresentedKey(basic: request)
            return key?.name == account ? key : nil
        case .xirsys: return PresentedKey(basic: request)
        default: return PresentedKey(bearer: request)
        }
    }
}
