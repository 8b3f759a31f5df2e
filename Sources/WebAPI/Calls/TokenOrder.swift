import JSON
package import Primitives
package import Signaling

/// A token that an application wants for one of its users.
package struct TokenOrder: Hashable, Sendable {
    package var user: UserID
    /// For so long, within `WebSettings.lifetimes`.
    package var lifetime: Seconds
    package var device: DeviceID?
    package var name: String?
    /// Never `admin` (ruling 14); nil leaves the claim out.
    package var scopes: Set<TokenScope>?
    /// A guest's allow-list.
    package var calls: Set<CallID>?
    package var mayCall: Reach?
    package var mayWatch: Reach?
    package var chats: [String: UserID]

    package init(
        user: UserID, lifetime: Seconds = Self.lifetime, device: DeviceID? = nil,
        name: String? = nil, scopes: Set<TokenScope>? = nil, calls: Set<CallID>? = nil,
        mayCall: Reach? = nil, mayWatch: Reach? = nil, chats: [String: UserID] = [:]
    ) {
        self.user = user
        self.lifetime = lifetime
        self.device = device
        self.name = name
        self.scopes = scopes
        self.calls = calls
        self.mayCall = mayCall
        self.mayWatch = mayWatch
        self.chats = chats
    }

    /// An hour: clients renew their token with `auth:refresh` while a call goes on.
    package static let lifetime = Seconds(3_600)

    /// The token, signed with a shared secret (HS256, RFC 7518 §3.2). `sign` is HMAC-SHA-256 with
    /// it, `keyName` its `kid`. What is written here is what `TokenJudge` reads.
    package func mint(
        issuer: String?, audience: String, keyName: String?, at now: Now,
        sign: ([UInt8]) -> [UInt8]
    ) -> MintedToken {
        let expiresAt = now.unixSeconds + UInt64(lifetime.count)
        var header: JSONObject = ["alg": "HS256", "typ": "JWT"]
        header["kid"] = keyName.map { .string($0) }
        var payload = claims
        payload["iss"] = issuer.map { .string($0) }
        payload["aud"] = .string(audience)
        payload["iat"] = .integer(Int64(clamping: now.unixSeconds))
        payload["exp"] = .integer(Int64(clamping: expiresAt))
        let signed = Self.encode(header) + "." + Self.encode(payload)
        let signature = Base64URL.encode(sign(Array(signed.utf8)))
        return MintedToken(text: signed + "." + signature, expiresAt: expiresAt)
    }

    /// What the token says of its bearer; sets are in order, so that equal orders make equal
    /// tokens.
    private var claims: JSONObject {
        var claims: JSONObject = ["sub": .string(user.text)]
        claims["dev"] = device.map { .string($0.text) }
        claims["name"] = name.map { .string($0) }
        claims["scope"] = scopes.map {
            .string($0.map(\.rawValue).sorted().joined(separator: " "))
        }
        claims["calls"] = calls.map { Self.list($0.map(\.text)) }
        claims["to"] = mayCall.map(Self.reach)
        claims["watch"] = mayWatch.map(Self.reach)
        if !chats.isEmpty {
            var object = JSONObject()
            for (chat, user) in chats.sorted(by: { $0.key < $1.key }) {
                object.append(chat, .string(user.text))
            }
            claims["chats"] = .object(object)
        }
        return claims
    }

    private static func encode(_ object: JSONObject) -> String {
        Base64URL.encode(JSONValue.object(object).bytes)
    }

    private static func reach(_ reach: Reach) -> JSONValue {
        switch reach {
        case .everybody: "*"
        case .users(let users): list(users.map(\.text))
        }
    }

    private static func list(_ texts: [String]) -> JSONValue {
        .array(texts.sorted().map { .string($0) })
    }
}

/// A signed token and how long it is good.
package struct MintedToken: Hashable, Sendable {
    /// A secret: it leaves in the answer and stands nowhere else.
    package var text: String
    /// Unix seconds.
    package var expiresAt: UInt64

    package init(text: String, expiresAt: UInt64) {
        self.text = text
        self.expiresAt = expiresAt
    }
}
