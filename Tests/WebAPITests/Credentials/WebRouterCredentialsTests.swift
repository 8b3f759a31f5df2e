import HTTP
import JSON
import Primitives
import Testing

@testable import WebAPI

/// Credentials for the bearers of tokens, and the end of credentials.
@Suite struct WebRouterCredentialsTests {
    private let path = "/apiv2/ice-servers"

    @Test("S0-20: a user's token gets fresh credentials of that user, also without any API key")
    func users() throws {
        for hasKeys in [true, false] {
            let rig = Rig(hasKeys: hasKeys, hasCalls: true)
            let answer = try rig.json(.get, path + "?user=mallory", Desk.token("alice"))
            #expect(answer.status == .ok)
            #expect(answer.body["ttl"] == 43_200)
            #expect(rig.asked.last?.user == "alice")
        }
        let rig = Rig(hasCalls: true)
        #expect(try rig.json(.get, path + "?user=carol", Rig.bearer).status == .ok)
        #expect(rig.asked.last?.user == "carol")
    }

    @Test("Ruling 13: a guest's credential lives an hour at most, 30 an hour for each call")
    func guests() throws {
        let rig = Rig(hasCalls: true)
        let guest = Desk.token("dora", "guest:c1")
        let answer = try rig.json(.get, path + "?ttl=86400", guest)
        #expect(answer.body["ttl"] == 3_600)
        #expect(try rig.json(.get, path + "?ttl=120", guest).body["ttl"] == 120)
        for number in 2..<30 {
            let user = Desk.token("guest-\(number)", "guest:c1")
            #expect(try rig.json(.get, path, user).status == .ok)
        }
        let refused = try rig.answer(.get, path, Desk.token("guest-30", "guest:c1"))
        #expect(refused.status == .tooManyRequests)
        #expect(refused.fields["retry-after"] == "120")
        #expect(try rig.json(.get, path, Desk.token("guest-31", "guest:c2")).status == .ok)
    }

    @Test("Who is no user is told why, who has no key is not")
    func refusals() throws {
        let rig = Rig(hasCalls: true)
        let expired = try rig.json(.get, path, Desk.token("alice", "expired"))
        #expect(expired.status == .unauthorized)
        #expect(expired.body["error"]?["code"] == "token_expired")
        #expect(try rig.json(.get, path).status == .forbidden)
        let wrong = try rig.json(.get, path, [HTTPField("authorization", "Bearer wrong")])
        #expect(wrong.status == .forbidden)
        for _ in 0..<6 { #expect(try rig.json(.get, path, Desk.token("eve")).status == .ok) }
        let often = try rig.answer(.get, path, Desk.token("eve"))
        #expect(often.status == .tooManyRequests)
        #expect(often.fields["retry-after"] == "10")
        #expect(try rig.json(.get, path + "?ttl=x", Desk.token("fay")).status == .badRequest)
    }

    @Test("Cloudflare: a user name is revoked with the key of its path")
    func revoke() throws {
        let rig = Rig()
        let path = "/v1/turn/keys/app/credentials/1700043200:alice/revoke"
        let response = try rig.answer(.post, path, Rig.bearer)
        #expect(response.status == .noContent && response.body.isEmpty)
        #expect(rig.revoked == ["1700043200:alice"])
        #expect(try rig.answer(.post, path).status == .forbidden)
        let other = "/v1/turn/keys/other/credentials/1700043200:alice/revoke"
        #expect(try rig.answer(.post, other, Rig.bearer).status == .forbidden)
        let unknown = "/v1/turn/keys/app/credentials/nobody/revoke"
        #expect(try rig.answer(.post, unknown, Rig.bearer).status == .notFound)
        #expect(rig.revoked.count == 1)
    }
}
