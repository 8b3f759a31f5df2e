import HTTP
import JSON
import Signaling
import Testing

@testable import WebAPI

@Suite struct IdempotencyGuardTests {
    private func key(_ text: String, _ token: [HTTPField]) -> [HTTPField] {
        token + [HTTPField("idempotency-key", text)]
    }

    @Test("S2-1: the same key with the same request gives the same call, for each caller")
    func replay() throws {
        let rig = Rig(hasCalls: true)
        let (alice, bob) = (Desk.token("alice"), Desk.token("bob"))
        let first = try rig.json(.post, "/apiv2/calls", key("k", alice), ["ttl_s": 600])
        let again = try rig.json(.post, "/apiv2/calls", key("k", alice), ["ttl_s": 600])
        #expect(first.status == .created && again.status == .ok)
        #expect(first.body["call_id"] == again.body["call_id"])
        #expect(first.body["peer_id"] == again.body["peer_id"])
        let other = try rig.json(.post, "/apiv2/calls", key("k", bob), ["ttl_s": 600])
        #expect(other.status == .created)
        let server = try rig.json(.post, "/apiv2/calls", key("k", Rig.bearer))
        #expect(server.status == .created)
    }

    @Test("The same key with another request is refused and changes nothing")
    func reuse() throws {
        let rig = Rig(hasCalls: true)
        let alice = Desk.token("alice")
        let first = try rig.json(.post, "/apiv2/calls", key("k", alice), ["ttl_s": 600])
        let other = try rig.json(.post, "/apiv2/calls", key("k", alice), ["ttl_s": 601])
        #expect(other.status.rawValue == 422)
        #expect(other.body["error"]?["code"] == "idempotency_key_reused")
        let reused = try rig.json(
            .post, "/apiv2/calls?reuse_last=true", key("k", alice), ["ttl_s": 600])
        #expect(reused.status.rawValue == 422)
        let again = try rig.json(.post, "/apiv2/calls", key("k", alice), ["ttl_s": 600])
        #expect(again.body["call_id"] == first.body["call_id"])
    }

    @Test("A request that was refused may be corrected under its key")
    func correction() throws {
        let rig = Rig(hasCalls: true)
        let wrong = try rig.json(
            .post, "/apiv2/calls", key("k", Desk.token("alice", "call")), ["ttl_s": 600])
        #expect(wrong.status == .forbidden)
        let right = try rig.json(
            .post, "/apiv2/calls", key("k", Desk.token("alice")), ["ttl_s": 601])
        #expect(right.status == .created)
    }

    @Test("The oldest key is forgotten first")
    func bound() {
        var keys = IdempotencyGuard()
        for number in 0...IdempotencyGuard.max {
            keys.insert("\(number)", by: .user("alice"), for: [1])
        }
        #expect(keys.count == IdempotencyGuard.max)
        #expect(keys.allows("0", by: .user("alice"), for: [2]))
        #expect(!keys.allows("1", by: .user("alice"), for: [2]))
        #expect(keys.allows("1", by: .server("alice"), for: [2]))
    }
}
