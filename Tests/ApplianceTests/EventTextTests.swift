import Admin
import Primitives
import TURN
import Testing

@testable import Appliance

@Suite struct EventTextTests {
    static let client = FiveTuple(
        client: TransportAddress(IPAddress(198, 51, 100, 7), 5000), listener: ListenerID(index: 0))

    static func refusal(_ code: UInt16, _ cause: RefusalCause) -> Event {
        .refused(client: client, method: 0x003, code: code, cause: cause, user: "carol")
    }

    let policy = PeerPolicy(PeerPolicySettings())

    @Test("The first of a kind is a warning, the next ones are detail")
    func firstOfAKind() {
        var text = EventText()
        let quota = Self.refusal(486, .userOverQuota(used: 40, limit: 40))
        #expect(text.lines(for: quota, policy: policy, at: 1).map(\.0) == [.warning])
        #expect(text.lines(for: quota, policy: policy, at: 1).map(\.0) == [.detail])
        let off = Self.refusal(508, .disabled(by: "no-udp-relay"))
        let line = text.lines(for: off, policy: policy, at: 1)
        #expect(line.map(\.0) == [.warning])
        #expect(line.first?.1.contains("198.51.100.7:5000 of carol: Allocate refused, 508") == true)
    }

    @Test("A flood costs ten lines and one sum in a second, per code")
    func flood() {
        var text = EventText()
        let stale = Self.refusal(438, .foreignNonce)
        let lines = (0..<10_000).flatMap { _ in text.lines(for: stale, policy: policy, at: 5) }
        #expect(lines.count == 10)
        let next = text.lines(for: stale, policy: policy, at: 6)
        #expect(next.first?.1 == "9990 more refusals with 438 in one second, not shown")
        #expect(next.count == 2)
    }

    @Test("Whoever proved nothing is named as such, and cannot steer the log")
    func unproven() {
        var text = EventText()
        let event = Event.refused(
            client: Self.client, method: 0x003, code: 401,
            cause: .credentials(.expired(seconds: 312)), user: "5:carol", isProven: false)
        let line = text.lines(for: event, policy: policy, at: 1).first?.1
        #expect(
            line == "198.51.100.7:5000 as 5:carol, unproven: Allocate refused, 401: "
                + "expired 312 s ago")
        let report = EventText.refusal(event, policy: policy)
        #expect(report?.cause == "expired 312 s ago")
        #expect(report?.proven == false)
        #expect(report?.method == "Allocate")
    }

    @Test("Binding requests: ten lines and one sum in a second, with those that were no event")
    func bindings() {
        var text = EventText()
        let event = Event.binding(client: Self.client, untold: 3)
        let lines = (0..<12).flatMap { _ in text.lines(for: event, policy: policy, at: 5) }
        #expect(lines.count == 10)
        #expect(lines[0].0 == .info && lines[0].1 == "Binding request of 198.51.100.7:5000")
        let next = text.lines(for: event, policy: policy, at: 6)
        #expect(next.map(\.1).first == "38 more Binding requests, not shown")
        #expect(next.count == 2)
    }

    @Test("A client's first request is no event")
    func firstRequest() {
        var text = EventText()
        #expect(text.lines(for: Self.refusal(401, .noCredentials), policy: policy, at: 1).isEmpty)
    }

    @Test("A denied peer comes with the line that would allow it")
    func deniedPeer() {
        var text = EventText()
        let peer = TransportAddress(IPAddress(10, 0, 0, 9), 80)
        guard
            case .denied(let denial) = policy.judge(
                permission: CanonicalPeer(canonicalising: peer.ip))
        else {
            Issue.record("a private address passed")
            return
        }
        let lines = text.lines(
            for: Self.refusal(403, .peerDenied(peer, denial)), policy: policy, at: 1)
        #expect(lines.first?.1.contains("allowed-peer-ip=10.0.0.9") == true)
    }
}
