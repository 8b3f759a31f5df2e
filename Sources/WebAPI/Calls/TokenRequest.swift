import HTTP
import JSON
import Primitives
import Signaling

/// The body of a request for a token.
enum TokenRequest {
    /// Users, calls and chats that one list may hold; as many as `TokenJudge` reads.
    private static let listMax = 1024

    static func order(_ request: HTTPRequest) throws(WebRefusal) -> TokenOrder {
        let order: TokenOrder = try RequestBody.read(request) {
            fields throws(FieldDefect) -> TokenOrder in
            try self.order(fields)
        }
        // Ruling 14: whoever wants to see everything asks with the API key itself.
        guard order.scopes?.contains(.admin) != true else {
            throw .refused(ErrorReply(.forbidden, "no token with scope admin is made here"))
        }
        return order
    }

    private static func order(_ fields: FieldReader) throws(FieldDefect) -> TokenOrder {
        guard let user = try fields.text("user", max: WireLimits.userIDBytesMax) else {
            throw FieldDefect("user is missing")
        }
        var order = TokenOrder(user: UserID(user))
        if let seconds = try fields.integer("ttl", Int64.min...Int64.max) {
            order.lifetime = WebSettings.bend(seconds)
        }
        order.device = try fields.text("device", max: WireLimits.deviceIDBytesMax)
            .map { DeviceID($0) }
        order.name = try fields.text("name", max: WireLimits.nameBytesMax)
        order.scopes = try scopes(fields)
        order.calls = try texts("calls", fields, max: WireLimits.callIDBytesMax)
            .map { Set($0.map { CallID($0) }) }
        order.mayCall = try reach("to", fields)
        order.mayWatch = try reach("watch", fields)
        order.chats = try chats(fields)
        return order
    }

    /// Words in one text, as in the token, or a list of them.
    private static func scopes(_ fields: FieldReader) throws(FieldDefect) -> Set<TokenScope>? {
        let words: [String]
        if let text = fields.value("scope")?.string {
            words = text.split(separator: " ").map(String.init)
        } else {
            guard let list = try texts("scope", fields, max: WireLimits.nameBytesMax) else {
                return nil
            }
            words = list
        }
        var scopes: Set<TokenScope> = []
        for word in words {
            guard let scope = TokenScope(rawValue: word) else {
                throw FieldDefect("scope holds other words than call and host")
            }
            scopes.insert(scope)
        }
        return scopes
    }

    /// `"*"`, or a list of users.
    private static func reach(
        _ name: String, _ fields: FieldReader
    ) throws(FieldDefect) -> Reach? {
        if fields.value(name) == "*" { return .everybody }
        return try texts(name, fields, max: WireLimits.userIDBytesMax)
            .map { .users(Set($0.map { UserID($0) })) }
    }

    private static func chats(_ fields: FieldReader) throws(FieldDefect) -> [String: UserID] {
        guard let reader = try fields.reader("chats") else { return [:] }
        guard reader.object.fields.count <= listMax else {
            throw FieldDefect("chats holds at most \(listMax) entries")
        }
        var chats: [String: UserID] = [:]
        for field in reader.object.fields {
            guard (1...WireLimits.userIDBytesMax).contains(field.name.utf8.count),
                let user = field.value.string,
                (1...WireLimits.userIDBytesMax).contains(user.utf8.count)
            else { throw FieldDefect("chats is an object of chats and users") }
            chats[field.name] = UserID(user)
        }
        return chats
    }

    private static func texts(
        _ name: String, _ fields: FieldReader, max: Int
    ) throws(FieldDefect) -> [String]? {
        guard let values = try fields.array(name, max: listMax) else { return nil }
        var texts: [String] = []
        for value in values {
            guard let text = value.string, (1...max).contains(text.utf8.count) else {
                throw FieldDefect("\(name) is a list of strings of 1 to \(max) bytes")
            }
            texts.append(text)
        }
        return texts
    }
}
