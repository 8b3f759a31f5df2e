import JSON

/// Judges tokens by the rules of the configuration: key, issuer, audience, time and size.
package struct TokenJudge: TokenVerifier {
    package struct Rules: Sendable {
        package var keys: [TokenKey]
        /// Accepted `iss`; empty accepts every issuer whose signature is right.
        package var issuers: Set<String>
        /// One of these must be in `aud`.
        package var audiences: Set<String>
        /// How far clocks may be apart.
        package var skewSeconds: UInt64
        /// `exp` minus `iat` at most.
        package var lifetimeMaxSeconds: UInt64
        package var blocked: Set<UserID>

        package init(
            keys: [TokenKey], issuers: Set<String> = [], audiences: Set<String>,
            skewSeconds: UInt64 = 30, lifetimeMaxSeconds: UInt64 = 86_400,
            blocked: Set<UserID> = []
        ) {
            self.keys = keys
            self.issuers = issuers
            self.audiences = audiences
            self.skewSeconds = skewSeconds
            self.lifetimeMaxSeconds = lifetimeMaxSeconds
            self.blocked = blocked
        }
    }

    /// Users, calls and chats that one claim may list.
    private static let listMax = 1024

    package var rules: Rules
    private let signatures: any SignatureVerifier

    package init(_ rules: Rules, signatures: any SignatureVerifier) {
        self.rules = rules
        self.signatures = signatures
    }

    package func claims(
        of token: String, atUnixSeconds now: UInt64
    ) throws(TokenRefusal) -> TokenClaims {
        let token = try WebToken(token)
        try checkSignature(of: token)
        let payload = token.payload
        try checkAddressee(payload)
        let expiresAt = try checkTimes(payload, now)
        guard let subject = payload["sub"]?.string else { throw .missingClaim }
        guard (1...WireLimits.userIDBytesMax).contains(subject.utf8.count) else { throw .badClaim }
        var claims = TokenClaims(user: UserID(subject), expiresAt: expiresAt)
        guard !rules.blocked.contains(claims.user) else { throw .blocked }
        try readOptional(payload, into: &claims)
        return claims
    }

    package func isBlocked(_ user: UserID) -> Bool { rules.blocked.contains(user) }

    /// Every key of the token's algorithm whose name does not differ is tried, so that two secrets
    /// can be valid at once while one replaces the other.
    private func checkSignature(of token: WebToken) throws(TokenRefusal) {
        var isKeyKnown = false
        for (index, key) in rules.keys.enumerated() where key.algorithm == token.algorithm {
            if let name = token.keyName, let own = key.name, name != own { continue }
            isKeyKnown = true
            if signatures.isValid(token.signature, over: token.signed, key: index) { return }
        }
        throw isKeyKnown ? .badSignature : .unknownKey
    }

    /// RFC 7519 §4.1.1, §4.1.3: `aud` is one text or a list.
    private func checkAddressee(_ payload: JSONObject) throws(TokenRefusal) {
        let audience: [String]
        switch payload["aud"] {
        case .string(let one)?: audience = [one]
        case .array(let many)?: audience = many.compactMap(\.string)
        case nil: throw .missingClaim
        default: throw .badClaim
        }
        guard audience.contains(where: rules.audiences.contains) else { throw .wrongAudience }
        guard !rules.issuers.isEmpty else { return }
        guard let issuer = payload["iss"]?.string, rules.issuers.contains(issuer) else {
            throw .wrongIssuer
        }
    }

    /// RFC 7519 §4.1.4 to §4.1.6.
    private func checkTimes(_ payload: JSONObject, _ now: UInt64) throws(TokenRefusal) -> UInt64 {
        guard payload["exp"] != nil, payload["iat"] != nil else { throw .missingClaim }
        guard let expires = Self.seconds(payload["exp"]), let issued = Self.seconds(payload["iat"])
        else { throw .badClaim }
        guard now < expires + rules.skewSeconds else { throw .expired }
        guard issued <= now + rules.skewSeconds else { throw .notYetValid }
        if let value = payload["nbf"] {
            guard let notBefore = Self.seconds(value) else { throw .badClaim }
            guard notBefore <= now + rules.skewSeconds else { throw .notYetValid }
        }
        guard expires <= issued + rules.lifetimeMaxSeconds else { throw .lifetimeTooLong }
        return expires
    }

    /// NumericDate may have a fraction (RFC 7519 §2).
    private static func seconds(_ value: JSONValue?) -> UInt64? {
        let latest = 1 << 40
        switch value {
        case .integer(let whole)? where (0...Int64(latest)).contains(whole): return UInt64(whole)
        case .number(let number)? where number >= 0 && number <= Double(latest):
            return UInt64(number)
        default: return nil
        }
    }

    private func readOptional(
        _ payload: JSONObject, into claims: inout TokenClaims
    ) throws(TokenRefusal) {
        claims.device = try text(payload["dev"], max: WireLimits.deviceIDBytesMax)
            .map { DeviceID($0) }
        claims.name = try text(payload["name"], max: WireLimits.nameBytesMax)
        if let scope = payload["scope"] { claims.scopes = try scopes(scope) }
        if let calls = payload["calls"] {
            claims.calls = Set(try texts(calls, max: WireLimits.callIDBytesMax).map { CallID($0) })
        }
        claims.mayCall = try reach(payload["to"])
        claims.mayWatch = try reach(payload["watch"])
        guard let chats = payload["chats"] else { return }
        guard let object = chats.object, object.fields.count <= Self.listMax else {
            throw .badClaim
        }
        for field in object.fields {
            guard let user = try text(field.value, max: WireLimits.userIDBytesMax) else {
                throw .badClaim
            }
            claims.chats[field.name] = UserID(user)
        }
    }

    /// RFC 8693 §4.2 writes scopes as words in one text; lists are met as well. Unknown ones give
    /// nothing.
    private func scopes(_ value: JSONValue) throws(TokenRefusal) -> Set<TokenScope> {
        let words: [String]
        if let text = value.string {
            words = text.split(separator: " ").map(String.init)
        } else {
            words = try texts(value, max: WireLimits.nameBytesMax)
        }
        return Set(words.compactMap(TokenScope.init(rawValue:)))
    }

    private func reach(_ value: JSONValue?) throws(TokenRefusal) -> Reach? {
        guard let value else { return nil }
        if value == .string("*") { return .everybody }
        let users = try texts(value, max: WireLimits.userIDBytesMax)
        return .users(Set(users.map { UserID($0) }))
    }

    private func text(_ value: JSONValue?, max: Int) throws(TokenRefusal) -> String? {
        guard let value, !value.isNull else { return nil }
        guard let text = value.string, (1...max).contains(text.utf8.count) else {
            throw .badClaim
        }
        return text
    }

    private func texts(_ value: JSONValue, max: Int) throws(TokenRefusal) -> [String] {
        guard let values = value.array, values.count <= Self.listMax else { throw .badClaim }
        var texts: [String] = []
        for value in values {
            guard let text = try text(value, max: max) else { throw .badClaim }
            texts.append(text)
        }
        return texts
    }
}
