import HTTP
import JSON
import Signaling
import Testing

@testable import WebAPI

@Suite struct CallRequestTests {
    private func command(
        _ body: String, fields: HTTPFields = []
    ) throws -> APICommand.Creation? {
        let request = HTTPRequest(
            .post, HTTPTarget(segments: ["apiv2", "calls"]), fields: fields,
            body: Array(body.utf8))
        guard case .create(let creation) = try CallRequest.command(request, to: .calls, []) else {
            return nil
        }
        return creation
    }

    @Test("All that a call may begin with; what is not known is passed over, null is nothing")
    func members() throws {
        let body = """
            {"to":"bob","chat_id":"c1","media":{"video":true,"x":1},"ttl_s":600.0,
             "metadata":{"a":[1]},"unknown":{"b":null}}
            """
        let full = APICommand.Creation(
            to: "bob", chat: "c1", media: Media(audio: true, video: true), lifetimeSeconds: 600,
            metadata: ["a": [1]])
        #expect(try command(body) == full)
        #expect(try command("") == APICommand.Creation())
        #expect(try command(#"{"to":null,"media":null,"ttl_s":null}"#) == APICommand.Creation())
    }

    @Test(
        "A wrong type is refused with the member's name",
        arguments: [
            ("to", "7"), ("to", #""""#), ("to", #""a\u0001""#), ("chat_id", "[]"),
            ("media", "true"), ("media", #"{"video":1}"#), ("ttl_s", "0"), ("ttl_s", #""60""#),
            ("ttl_s", "1.5"), ("ttl_s", "31536001"), ("metadata", #""x""#),
            ("metadata", #"{"x":"\#(String(repeating: "a", count: 4096))"}"#),
        ])
    func wrongTypes(_ name: String, _ value: String) throws {
        let refusal = #expect(throws: WebRefusal.self) { try command(#"{"\#(name)":\#(value)}"#) }
        #expect(refusal?.status == .badRequest)
        #expect(
            refusal?.message.hasPrefix(name) == true || refusal?.message.hasPrefix("video") == true)
    }

    @Test("What is no JSON object is refused, as is another type of content")
    func content() throws {
        for body in ["[]", "{", "7", #"{"to":"a","to":"b"}"#, "{}x", "\u{feff}{}"] {
            #expect(throws: WebRefusal.self) { try command(body) }
        }
        let types: [(String, Bool)] = [
            ("application/json", true), ("Application/JSON ; charset=utf-8", true),
            ("application/problem+json", true), ("text/plain", false), ("application/jsonp", false),
            ("application/x-www-form-urlencoded", true), ("", false),
        ]
        for (type, isGood) in types {
            let fields = HTTPFields([HTTPField("content-type", type)])
            if isGood {
                #expect(try command("{}", fields: fields) != nil)
            } else {
                #expect(throws: WebRefusal.unsupportedContent) {
                    try command("{}", fields: fields)
                }
            }
            // Without content its type says nothing.
            #expect(try command("", fields: fields) != nil)
        }
        let long = String(repeating: " ", count: RequestBody.bytesMax - 1) + "{}"
        #expect(throws: WebRefusal.contentTooLarge()) { try command(long) }
    }

    @Test("An Idempotency-Key is one short printable text")
    func keys() throws {
        func key(_ values: String...) throws -> String? {
            try command(
                "", fields: HTTPFields(values.map { HTTPField("idempotency-key", $0) }))?.key
        }
        #expect(try key(#""8e03978e-40d5-43dd""#) == #""8e03978e-40d5-43dd""#)
        #expect(try key() == nil)
        let longest = String(repeating: "k", count: 255)
        #expect(try key(longest) == longest)
        for values in [["a", "b"], [longest + "k"], [""], ["\u{e9}"]] {
            #expect(throws: WebRefusal.self) {
                try command(
                    "", fields: HTTPFields(values.map { HTTPField("idempotency-key", $0) }))
            }
        }
    }
}
