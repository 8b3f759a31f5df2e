import HTTP
import JSON
import Testing

@testable import WebAPI

@Suite struct OpenAPIDocumentTests {
    @Test("What is served describes each endpoint, with schemas that exist")
    func whole() throws {
        let rig = Rig(hasKeys: false)
        let request = HTTPRequest(.get, HTTPTarget(segments: ["apiv2", "openapi.json"]))
        let answer = rig.router.answer(request, issuer: rig, calls: nil, from: nil, at: rig.now)
        let response = try #require(answer)
        try Conformance.check(response, to: request)
        let document = try Conformance.document()
        #expect(document["openapi"]?.string?.hasPrefix("3.1") == true)
        let paths = try #require(document["paths"]?.object)
        #expect(paths.fields.count == Endpoint.allCases.count)
        var ids: Set<String> = []
        for operation in paths.fields.flatMap({ $0.value.object?.fields ?? [] }) {
            ids.insert(try #require(operation.value["operationId"]?.string))
            let responses = operation.value["responses"]?.object?.fields ?? []
            #expect(responses.count >= 2)
            for response in responses where response.name != "204" {
                guard let media = response.value["content"]?["application/json"] else { continue }
                let schema = try #require(media["schema"])
                let name = try #require(schema["$ref"]?.string?.split(separator: "/").last)
                #expect(document["components"]?["schemas"]?[String(name)] != nil)
                guard let example = media["example"] else { continue }
                #expect(Conformance.accepts(example, schema, document), "example of \(name)")
            }
            guard let body = operation.value["requestBody"]?["content"]?["application/json"],
                let example = body["example"], let schema = body["schema"]
            else { continue }
            #expect(Conformance.accepts(example, schema, document), "\(operation.name)")
        }
        #expect(ids.count == Endpoint.allCases.map(\.methods.count).reduce(0, +))
    }

    @Test("The comparison itself can fail")
    func comparison() throws {
        let document = try Conformance.document()
        let schema: JSONValue = ["$ref": "#/components/schemas/Shared"]
        let good = WebRouterTests.shared
        #expect(Conformance.accepts(good, schema, document))
        var object = try #require(good.object)
        object["uris"] = nil
        #expect(!Conformance.accepts(.object(object), schema, document))
        object["uris"] = [1]
        #expect(!Conformance.accepts(.object(object), schema, document))
    }
}
