import JSON
import Primitives
import Testing

@testable import Signaling

/// Demo mode: people without tokens, some with a name of their choice.
@Suite struct SwitchboardGuestsTests {
    private func demo() -> Exchange { Exchange { $0.allowsAnonymous = true } }

    private func enter(
        _ exchange: Exchange, _ name: String?, device: String, on socket: SocketID? = nil
    ) -> SocketID {
        let socket = socket ?? exchange.open()
        var data: JSONObject = ["device_id": .string(device)]
        if let name { data["name"] = .string(name) }
        exchange.send(["type": "hello", "data": .object(data)], on: socket)
        return socket
    }

    private func last(_ exchange: Exchange, _ socket: SocketID, _ type: String) -> JSONValue? {
        exchange.received[socket]?.last { $0["type"]?.string == type }?["data"]
    }

    private func call(_ exchange: Exchange, _ to: String, on socket: SocketID) {
        exchange.send(
            [
                "type": "call:initiate", "id": 1,
                "data": ["to": .string(to), "description": Page.offer],
            ], on: socket)
    }

    @Test("Demo: a guest with a name is called by it, whatever its letters")
    func namesAreCalled() {
        let exchange = demo()
        let ann = enter(exchange, "Ann Lee", device: "a")
        let bob = enter(exchange, "bob", device: "b")
        call(exchange, "ann  lee", on: bob)
        let offer = last(exchange, ann, "call:offer")
        #expect(offer?["from"]?["name"] == "bob")
        let user = offer?["caller_id"]?.string ?? ""
        #expect(user.hasPrefix("guest-"))
        // And back, by the user id of the offer.
        exchange.send(
            ["type": "call:reject", "id": 1, "data": ["call_id": offer?["call_id"] ?? ""]], on: ann)
        exchange.send(
            [
                "type": "call:initiate", "id": 2,
                "data": ["to": .string(user), "description": Page.offer],
            ],
            on: ann)
        #expect(last(exchange, bob, "call:offer")?["from"]?["name"] == "Ann Lee")
    }

    @Test("Demo: two people never have one name; a page that was loaded again keeps its own")
    func namesAreHeldOnce() {
        let exchange = demo()
        let ann = enter(exchange, "ann", device: "a")
        let user = last(exchange, ann, "welcome")?["user_id"]
        let other = enter(exchange, "ANN", device: "b")
        #expect(last(exchange, other, "error")?["details"]?["reason"] == "name_taken")
        #expect(exchange.closes[other] == nil)
        // The same socket may try another one.
        _ = enter(exchange, "anna", device: "b", on: other)
        #expect(last(exchange, other, "welcome") != nil)
        exchange.board.closed(ann, at: exchange.now)
        let again = enter(exchange, "ann", device: "a")
        #expect(last(exchange, again, "welcome")?["user_id"] == user)
        exchange.board.closed(again, at: exchange.now)
        exchange.advance(seconds: 121)
        let third = enter(exchange, "ann", device: "c")
        let newcomer = last(exchange, third, "welcome")?["user_id"]
        #expect(newcomer != nil && newcomer != user)
        exchange.board.closed(third, at: exchange.now)
        exchange.board.closed(other, at: exchange.now)
        exchange.advance(seconds: 200)
        #expect(exchange.board.guestNames.isEmpty && exchange.board.users.isEmpty)
    }

    @Test("Demo: nobody is mistaken for a user with a token, and nobody reaches guests but guests")
    func guestsAndUsers() {
        let exchange = demo()
        let ann = Page(exchange, "ann")
        let guest = enter(exchange, "ann", device: "g")
        #expect(last(exchange, guest, "error")?["details"]?["reason"] == "name_taken")
        _ = enter(exchange, "zoe", device: "g", on: guest)
        #expect(ann.call("zoe").errorCode == "callee_offline")
        call(exchange, "ann", on: guest)
        #expect(last(exchange, guest, "error")?["code"] == "forbidden")
    }

    @Test("Demo: names outlive a restart")
    func restart() throws {
        let exchange = demo()
        _ = enter(exchange, "ann", device: "a")
        let bytes = exchange.board.savedState(at: exchange.now)
        let next = demo()
        try next.board.restore(bytes, at: next.now)
        #expect(next.board.guestNames.count == 1)
    }
}
