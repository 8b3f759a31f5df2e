import FoundationEssentials
package import HTTP

/// The JSON of the admin socket: one object with its `schema`, members sorted by name.
package enum AdminJSON {
    package static func response(to reply: AdminReply) -> HTTPResponse {
        switch reply {
        case .status(let status): response(.ok, status)
        case .allocations(let list): response(.ok, list)
        case .allocation(let allocation): response(.ok, allocation)
        case .killed(let kill): response(.ok, kill)
        case .credential(let credential): response(.ok, credential)
        case .calls(let list): response(.ok, list)
        case .call(let call): response(.ok, call)
        case .callEnded(let end): response(.ok, end)
        case .sessions(let list): response(.ok, list)
        case .kicked(let kick): response(.ok, kick)
        case .users(let list): response(.ok, list)
        case .reports(let list): response(.ok, list)
        case .report(let report): response(.ok, report)
        case .explanation(let explanation): response(.ok, explanation)
        case .revoked(let reply): response(.ok, reply)
        case .refusals(let list): response(.ok, list)
        case .metrics(let text):
            HTTPResponse(
                .ok,
                fields: [
                    HTTPField("content-type", "text/plain; version=0.0.4; charset=utf-8"),
                    HTTPField("cache-control", "no-store"),
                ], body: text)
        case .logLevel(let reply): response(.ok, reply)
        case .drain(let reply): response(.ok, reply)
        case .reload(let reply): response(.ok, reply)
        case .configuration(let reply): response(.ok, reply)
        case .refused(let refusal): response(refusal.code.status, ErrorBody(error: refusal))
        }
    }

    /// Reads what the daemon answered; members this version does not know are left aside.
    package static func decode<Value: Decodable>(
        _ type: Value.Type, from body: [UInt8]
    ) -> Value? {
        try? JSONDecoder().decode(type, from: Data(body))
    }

    /// The same for what the web's API wrote.
    static func decodeSnakeCase<Value: Decodable>(
        _ type: Value.Type, from body: [UInt8]
    ) -> Value? {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try? decoder.decode(type, from: Data(body))
    }

    /// The refusal in an answer that is not a success.
    package static func refusal(in body: [UInt8]) -> AdminRefusal? {
        decode(ErrorBody.self, from: body)?.error
    }

    /// The body of `POST /v1/credentials`.
    package static func encode(_ order: CredentialOrder) -> [UInt8] {
        bytes(CredentialRequestBody(user: order.user, ttlSeconds: order.ttlSeconds))
    }

    /// The body of the requests that take more than a path says.
    static func encode(_ members: [String: String], flags: [String: Bool] = [:]) -> [UInt8] {
        bytes(Members(texts: members, flags: flags))
    }

    private static func response(_ status: HTTPStatus, _ value: some Encodable) -> HTTPResponse {
        HTTPResponse(
            status,
            fields: [
                HTTPField("content-type", "application/json"),
                // A credential must not rest in a cache (RFC 9111 §5.2.2.5).
                HTTPField("cache-control", "no-store"),
            ],
            body: bytes(Document(value: value)))
    }

    private static func bytes(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch {
            // Only a non-finite number or a failing `encode` of our own could bring this.
            preconditionFailure("a snapshot cannot be written as JSON: \(error)")
        }
    }
}

/// A value with the schema it is written in beside its members.
private struct Document<Value: Encodable>: Encodable {
    private enum Keys: CodingKey { case schema }

    let value: Value

    func encode(to encoder: any Encoder) throws {
        try value.encode(to: encoder)
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(AdminSchema.version, forKey: .schema)
    }
}

private struct Members: Encodable {
    private struct Key: CodingKey {
        let stringValue: String
        let intValue: Int? = nil

        init(stringValue: String) { self.stringValue = stringValue }

        init?(intValue: Int) { nil }
    }

    let texts: [String: String]
    let flags: [String: Bool]

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        for (name, text) in texts { try container.encode(text, forKey: Key(stringValue: name)) }
        for (name, flag) in flags { try container.encode(flag, forKey: Key(stringValue: name)) }
    }
}

private struct ErrorBody: Codable {
    let error: AdminRefusal
}

private struct CredentialRequestBody: Encodable {
    let user: String?
    let ttlSeconds: UInt32
}

extension AdminRefusal.Code {
    var status: HTTPStatus {
        switch self {
        case .notFound, .noSuchAllocation, .noSuchCall, .noSuchSession, .noSuchReport: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .badParameter, .badRequest: .badRequest
        case .forbidden: .forbidden
        case .unauthorized: .unauthorized
        case .tooManyAttempts: .tooManyRequests
        case .notConfigured: .conflict
        case .unavailable: .unavailable
        }
    }
}
