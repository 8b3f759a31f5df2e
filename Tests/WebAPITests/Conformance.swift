import HTTP
import JSON
import Testing

@testable import WebAPI

/// Whether an answer is one that the served description knows: its status, its media type, the
/// shape of its body.
enum Conformance {
    static func check(
        _ response: HTTPResponse, to request: HTTPRequest,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        // Preflights and OPTIONS are of HTTP, not of this API.
        guard request.method != .options else { return }
        let document = try document()
        let path = try #require(
            document["paths"]?.object?.fields.first { fits($0.name, request.target.segments) })
        let method = request.method == .head ? "get" : request.method.rawValue.lowercased()
        // A method that is not there is refused as the others of the path document it.
        let operation = try #require(path.value[method] ?? path.value.object?.fields.first?.value)
        let answer = try #require(
            operation["responses"]?[String(response.status.rawValue)],
            "\(request.method) \(path.name) does not document \(response.status.rawValue)",
            sourceLocation: sourceLocation)
        for field in answer["headers"]?.object?.fields ?? [] {
            #expect(
                response.fields[field.name.lowercased()] != nil, "\(path.name): no \(field.name)",
                sourceLocation: sourceLocation)
        }
        guard let content = answer["content"] else {
            #expect(response.body.isEmpty, sourceLocation: sourceLocation)
            return
        }
        let type = try #require(response.fields["content-type"]).prefix { $0 != ";" }
        let schema = try #require(content[String(type)]?["schema"])
        guard type == "application/json" else { return }
        let body = try JSONValue.parse(response.body.span, limits: JSONLimits(depthMax: 40))
        #expect(
            accepts(body, schema, document),
            "\(path.name): \(String(decoding: response.body, as: UTF8.self))",
            sourceLocation: sourceLocation)
    }

    /// The document as a client gets it.
    static func document() throws -> JSONValue {
        try JSONValue.parse(OpenAPIDocument.value.bytes.span, limits: JSONLimits(depthMax: 32))
    }

    private static func fits(_ template: String, _ segments: [String]) -> Bool {
        let parts = template.split(separator: "/")
        return parts.count == segments.count
            && zip(parts, segments).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }

    private static func with(_ schema: JSONValue, type: JSONValue) -> JSONValue {
        var object = schema.object ?? JSONObject()
        object["type"] = type
        return .object(object)
    }

    /// As much of JSON Schema as the document uses.
    static func accepts(_ value: JSONValue, _ schema: JSONValue, _ root: JSONValue) -> Bool {
        if let name = schema["$ref"]?.string?.split(separator: "/").last {
            guard let named = root["components"]?["schemas"]?[String(name)] else { return false }
            return accepts(value, named, root)
        }
        if let choices = schema["oneOf"]?.array {
            return choices.count { accepts(value, $0, root) } == 1
        }
        if let values = schema["enum"]?.array, !values.contains(value) { return false }
        if let types = schema["type"]?.array {
            return types.contains { accepts(value, with(schema, type: $0), root) }
        }
        switch schema["type"]?.string {
        case "null": return value.isNull
        case "boolean": return value.bool != nil
        case "string": return value.string != nil
        case "integer": return value.integer != nil
        case "array":
            guard let items = value.array else { return false }
            return items.allSatisfy { accepts($0, schema["items"] ?? .null, root) }
        case "object":
            guard let object = value.object else { return false }
            let needed = (schema["required"]?.array ?? []).compactMap(\.string)
            return needed.allSatisfy { object[$0] != nil }
                && (schema["properties"]?.object?.fields ?? []).allSatisfy { field in
                    object[field.name].map { accepts($0, field.value, root) } ?? true
                }
        default: return false
        }
    }
}
