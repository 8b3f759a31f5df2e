import HTTP
import JSON

/// The description of every path (OpenAPI 3.1), made from the table that routes requests.
enum OpenAPIDocument {
    static let value: JSONValue = [
        "openapi": "3.1.0",
        "info": [
            "title": "Turnstone", "version": "1",
            "description": """
            Calls, and TURN credentials in the shapes that clients read. Paths that are not \
            configured answer 404. A request that is no good HTTP is refused in plain text.
            """,
        ],
        "paths": paths,
        "components": ["securitySchemes": securitySchemes, "schemas": WebSchema.components],
    ]

    private static var paths: JSONValue {
        var paths = JSONObject()
        for endpoint in Endpoint.allCases {
            var operations = JSONObject()
            for method in endpoint.methods {
                operations[method.rawValue.lowercased()] = operation(endpoint, method)
            }
            paths["/" + endpoint.template.joined(separator: "/")] = .object(operations)
        }
        return .object(paths)
    }

    private static func operation(_ endpoint: Endpoint, _ method: HTTPMethod) -> JSONValue {
        var operation: JSONObject = [
            "operationId": .string("\(method.rawValue.lowercased())-\(endpoint)"),
            "summary": .string(endpoint.summary),
            "responses": .object(responses(endpoint, method)),
        ]
        let parameters = pathParameters(endpoint) + endpoint.parameters(method)
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        operation["requestBody"] = endpoint.requestBody(method)
        let schemes = endpoint.securitySchemes
        if !schemes.isEmpty { operation["security"] = .array(schemes.map(requirement)) }
        return .object(operation)
    }

    private static func requirement(_ scheme: String) -> JSONValue {
        var object = JSONObject()
        object[scheme] = []
        return .object(object)
    }

    private static func pathParameters(_ endpoint: Endpoint) -> [JSONValue] {
        endpoint.template.filter { $0.hasPrefix("{") }.map { part -> JSONValue in
            let lengths = Endpoint.lengths(of: part)
            return [
                "name": .string(String(part.dropFirst().dropLast())), "in": "path",
                "required": true,
                "schema": [
                    "type": "string", "minLength": .integer(Int64(lengths.lowerBound)),
                    "maxLength": .integer(Int64(lengths.upperBound)),
                    "pattern": WebSchema.plainPattern,
                ],
            ]
        }
    }

    private static func responses(_ endpoint: Endpoint, _ method: HTTPMethod) -> JSONObject {
        var responses = JSONObject()
        for (status, content) in endpoint.answers(method) {
            var response: JSONObject = ["description": .string(status.reason)]
            let headers = Endpoint.headers(status)
            if !headers.isEmpty {
                var fields = JSONObject()
                for name in headers { fields[name] = ["schema": ["type": "string"]] }
                response["headers"] = .object(fields)
            }
            let media = media(content, status)
            if !media.isEmpty { response["content"] = .object(media) }
            responses[String(status.rawValue)] = .object(response)
        }
        // A target or a head that is no good HTTP is refused whatever its path.
        if responses["400"] == nil {
            responses["400"] = [
                "description": .string(HTTPStatus.badRequest.reason),
                "content": ["text/plain": text],
            ]
        }
        return responses
    }

    private static func media(_ content: Endpoint.Content, _ status: HTTPStatus) -> JSONObject {
        switch content {
        case .none: return [:]
        case .text: return ["text/plain": text]
        case .json(let schema):
            var media: JSONObject = ["schema": ["$ref": .string("#/components/schemas/\(schema)")]]
            media["example"] = WebExamples.value(schema)
            var content: JSONObject = ["application/json": .object(media)]
            // What is no good HTTP, or too large for a request, is refused before its path is read.
            if [.badRequest, .contentTooLarge].contains(status) { content["text/plain"] = text }
            return content
        }
    }

    private static let text: JSONValue = ["schema": ["type": "string"]]

    private static let securitySchemes: JSONValue = [
        "bearer": [
            "type": "http", "scheme": "bearer", "description": "The key of an `api-key` line.",
        ],
        "token": [
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "The token of a user.",
        ],
        "admin": [
            "type": "http", "scheme": "bearer", "description": "The token of `admin-token`.",
        ],
        "basic": ["type": "http", "scheme": "basic"],
        "key": ["type": "apiKey", "in": "query", "name": "key"],
        "api": ["type": "apiKey", "in": "query", "name": "api"],
    ]
}
