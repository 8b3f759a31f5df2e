import HTTP
import JSON

/// The description of every path (OpenAPI 3.1), made from the table that routes requests.
enum OpenAPIDocument {
    static let value: JSONValue = [
        "openapi": "3.1.0",
        "info": [
            "title": "Turnstone", "version": "1",
            "description": "TURN credentials for applications, in the shapes their clients read.",
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
            "responses": .object(responses(endpoint)),
        ]
        let parameters = parameters(endpoint)
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        if method == .post || method == .put, let body = endpoint.requestBody {
            operation["requestBody"] = body
        }
        if endpoint.issues {
            operation["security"] = .array(
                endpoint.securitySchemes.map { [.string($0)] }.map(requirement))
        }
        return .object(operation)
    }

    private static func requirement(_ schemes: [JSONValue]) -> JSONValue {
        var object = JSONObject()
        for name in schemes.compactMap(\.string) { object[name] = [] }
        return .object(object)
    }

    private static func parameters(_ endpoint: Endpoint) -> [JSONValue] {
        let path = endpoint.template.filter { $0.hasPrefix("{") }.map { part -> JSONValue in
            [
                "name": .string(String(part.dropFirst().dropLast())), "in": "path",
                "required": true,
                "schema": ["type": "string", "minLength": 1, "maxLength": 128],
            ]
        }
        return path
            + endpoint.queryParameters.map { name, schema in
                ["name": .string(name), "in": "query", "schema": schema]
            }
    }

    private static func responses(_ endpoint: Endpoint) -> JSONObject {
        var responses = JSONObject()
        let success = IssueAnswer.status(of: endpoint)
        responses[String(success.rawValue)] = response(success.reason, endpoint.answerSchema)
        var refusals: [HTTPStatus] = [.methodNotAllowed]
        if endpoint.issues {
            refusals += [.badRequest, .forbidden, .notFound, .tooManyRequests]
        }
        for status in refusals {
            responses[String(status.rawValue)] = response(status.reason, endpoint.refusalSchema)
        }
        if endpoint == .ready {
            responses["503"] = response(HTTPStatus.unavailable.reason, endpoint.answerSchema)
        }
        return responses
    }

    private static func response(_ description: String, _ schema: String) -> JSONValue {
        [
            "description": .string(description),
            "content": [
                "application/json": [
                    "schema": ["$ref": .string("#/components/schemas/\(schema)")]
                ]
            ],
        ]
    }

    private static let securitySchemes: JSONValue = [
        "bearer": ["type": "http", "scheme": "bearer"],
        "basic": ["type": "http", "scheme": "basic"],
        "key": ["type": "apiKey", "in": "query", "name": "key"],
        "api": ["type": "apiKey", "in": "query", "name": "api"],
    ]
}
