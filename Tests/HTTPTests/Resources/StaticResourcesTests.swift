import HTTP
import Testing

@Suite struct StaticResourcesTests {
    private static let page = Array("<!doctype html>".utf8)
    private static let script = Array("'use strict'".utf8)

    private let resources = StaticResources([
        StaticResource("/", Self.page, mediaType: MediaType("text/html")),
        StaticResource("/a b/app.1f3c.js", Self.script, isFingerprinted: true),
        StaticResource("/style.css", Self.page, gzip: [31, 139]),
    ])

    private func get(
        _ segments: [String], _ method: HTTPMethod = .get, _ fields: HTTPField...
    ) -> HTTPResponse? {
        resources.response(
            to: HTTPRequest(
                method, HTTPTarget(segments: segments), fields: HTTPFields(fields)))
    }

    @Test func answersWithContentAndWhatABrowserMustKnow() throws {
        let page = try #require(get([""]))
        #expect(page.status == .ok)
        #expect(page.body == Self.page)
        #expect(page.fields["content-type"] == "text/html; charset=utf-8")
        #expect(page.fields["cache-control"] == "no-cache")
        #expect(page.fields["etag"] == EntityTag(of: Self.page).text)
        #expect(page.fields["vary"] == nil)
        #expect(page.fields["x-content-type-options"] == "nosniff")
        #expect(page.fields["referrer-policy"] == "no-referrer")
        #expect(page.fields["content-security-policy"]?.contains("frame-ancestors") == true)
        let script = try #require(get(["a b", "app.1f3c.js"]))
        #expect(script.body == Self.script)
        #expect(script.fields["content-type"] == "text/javascript; charset=utf-8")
        #expect(script.fields["cache-control"] == "public, max-age=31536000, immutable")
    }

    @Test func whatIsNotInTheTableIsNotThere() {
        for segments in [["*"], ["x"], ["", ""], ["style.css", ""], ["STYLE.CSS"], ["a b"]] {
            #expect(get(segments) == nil)
        }
        #expect(resources.notFound.status == .notFound)
        #expect(resources.notFound.fields["x-content-type-options"] == "nosniff")
    }

    @Test func onlyReadingIsAllowed() throws {
        for method in [HTTPMethod.post, .put, .delete, .patch] {
            let response = try #require(get([""], method))
            #expect(response.status == .methodNotAllowed)
            #expect(response.fields["allow"] == "GET, HEAD, OPTIONS")
            #expect(response.body.isEmpty)
        }
        let options = try #require(get([""], .options))
        #expect(options.status == .noContent)
        #expect(options.fields["allow"] == "GET, HEAD, OPTIONS")
        #expect(get([], .options) == options)
        // The state machine leaves the body out and its length in.
        #expect(get([""], .head) == get([""]))
    }

    @Test func aKnownVersionIsNotSentAgain() throws {
        let tag = EntityTag(of: Self.page).text
        let list = "\"x,y\" , W/\(tag), \"z\""
        for known in [tag, "W/" + tag, list, "*", " * ", ",\(tag)"] {
            let response = try #require(get([""], .get, HTTPField("if-none-match", known)))
            #expect(response.status == .notModified, "\(known)")
            #expect(response.body.isEmpty)
            #expect(response.fields["etag"] == tag)
            #expect(response.fields["cache-control"] == "no-cache")
            #expect(response.fields["content-type"] == nil)
        }
        let other = EntityTag(of: Self.script).text
        for unknown in [other, "\"x,\(tag),y", String(tag.dropLast()), "", "x", "w/" + tag] {
            let response = try #require(get([""], .get, HTTPField("if-none-match", unknown)))
            #expect(response.status == .ok, "\(unknown)")
        }
        let two = try #require(
            get([""], .head, HTTPField("if-none-match", other), HTTPField("if-none-match", tag)))
        #expect(two.status == .notModified)
    }

    @Test func ifMatchIsAStrongDemand() throws {
        let tag = EntityTag(of: Self.page).text
        #expect(get([""], .get, HTTPField("if-match", tag))?.status == .ok)
        #expect(get([""], .get, HTTPField("if-match", "*"))?.status == .ok)
        #expect(get([""], .get, HTTPField("if-match", "W/" + tag))?.status == .preconditionFailed)
        #expect(get([""], .get, HTTPField("if-match", "\"x\""))?.status == .preconditionFailed)
    }

    @Test func compressedForThoseWhoTakeIt() throws {
        let plain = try #require(get(["style.css"]))
        #expect(plain.fields["vary"] == "accept-encoding")
        #expect(plain.fields["content-encoding"] == nil)
        for accepted in ["gzip", "br, GZIP;q=0.5", "*", "x-gzip", "*;q=0, gzip"] {
            let response = try #require(
                get(["style.css"], .get, HTTPField("accept-encoding", accepted)))
            #expect(response.body == [31, 139], "\(accepted)")
            #expect(response.fields["content-encoding"] == "gzip")
            #expect(response.fields["vary"] == "accept-encoding")
            let tag = try #require(response.fields["etag"])
            #expect(tag != plain.fields["etag"])
            let again = try #require(
                get(
                    ["style.css"], .get, HTTPField("accept-encoding", accepted),
                    HTTPField("if-none-match", tag)))
            #expect(again.status == .notModified)
            #expect(again.fields["content-encoding"] == nil)
        }
        for refused in ["", "br", "gzip;q=0", "gzip; q=0.000, *", "identity"] {
            let response = try #require(
                get(["style.css"], .get, HTTPField("accept-encoding", refused)))
            #expect(response.body == Self.page, "\(refused)")
        }
    }
}
