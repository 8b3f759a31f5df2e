import HTTP
import Primitives
import Testing

@testable import Appliance

@Suite struct PagesTests {
    private let pages = Pages()

    private func get(
        _ segments: [String], _ method: HTTPMethod = .get, _ fields: HTTPField...
    ) throws -> HTTPResponse {
        let request = HTTPRequest(
            method, HTTPTarget(segments: segments), fields: HTTPFields(fields))
        let answer = pages.answer(
            WebRequest(
                request, isSecure: true,
                client: TransportAddress(IPAddress(127, 0, 0, 1), 9)))
        guard case .response(let response) = answer else { throw NoPage() }
        return response
    }

    private struct NoPage: Error {}

    @Test func peopleSeeShortPaths() throws {
        let page = try get(["index.html"])
        #expect(page.status == .ok)
        #expect(page.fields["content-type"] == "text/html; charset=utf-8")
        #expect(try get([""]).body == page.body)
        #expect(try get(["call", "standup"]).body == page.body)
        let test = try get(["trickle-ice"])
        #expect(test.status == .ok && test.body != page.body)
        #expect(try get(["trickle-ice.html"]).body == test.body)
        let administration = try get(["admin"])
        #expect(administration.status == .ok && administration.body != page.body)
    }

    @Test(arguments: [
        ["call"], ["call", ""], ["call", "a", "b"], ["app"], ["client", ""], ["*"],
    ])
    func nothingElseIsThere(segments: [String]) throws {
        let answer = try get(segments)
        #expect(answer.status == .notFound)
        #expect(answer.fields["x-content-type-options"] == "nosniff")
    }

    @Test func scriptsAndStylesAreWhatTheySay() throws {
        let kinds = [
            ["turnstone-client.js"]: "text/javascript; charset=utf-8",
            ["app", "base.css"]: "text/css; charset=utf-8",
            ["icons.svg"]: "image/svg+xml",
            ["turnstone-client.d.ts"]: "text/plain; charset=utf-8",
        ]
        for (segments, kind) in kinds {
            let file = try get(segments)
            #expect(file.status == .ok && !file.body.isEmpty)
            #expect(file.fields["content-type"] == kind)
        }
    }

    @Test func aPageThatIsKnownIsNotSentAgain() throws {
        let tag = try #require(try get([""]).fields["etag"])
        let again = try get([""], .get, HTTPField("if-none-match", tag))
        #expect(again.status == .notModified && again.body.isEmpty)
    }

    @Test func browsersAreToldToLoadNothingFromElsewhereAndNothingInline() throws {
        let fields = try get([""]).fields
        let policy = try #require(fields["content-security-policy"])
        #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self'; "))
        for word in ["unsafe", "http:", "https:", "*"] { #expect(!policy.contains(word)) }
        #expect(fields["permissions-policy"]?.contains("microphone=(self)") == true)
        #expect(fields["referrer-policy"] == "no-referrer")
        #expect(fields["cross-origin-opener-policy"] == "same-origin")
        #expect(fields["x-content-type-options"] == "nosniff")
    }

    /// With such a policy an inline script or style would be dead, and a page without it.
    @Test func noPageHasAnythingInline() throws {
        for file in Pages.files where file.path.hasSuffix(".html") {
            let text = String(decoding: file.bytes, as: UTF8.self)
            for word in ["<script>", "<style", " style=", " onclick=", " onload=", "javascript:"] {
                #expect(!text.contains(word), "\(file.path): \(word)")
            }
            #expect(!text.contains("//cdn") && !text.contains("src=\"http"), "\(file.path)")
        }
    }
}
