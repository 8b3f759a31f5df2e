import Primitives
import STUN
import Testing

@testable import TURN

@Suite struct ServerPermissionsTests {
    private let peer = IPAddress(9, 9, 9, 9)
    private let other = IPAddress(8, 8, 8, 8)

    private func allocated(
        _ settings: ServerSettings = Fixture.settings()
    ) -> (Fixture, TestClient) {
        let fixture = Fixture(settings)
        let client = TestClient(fixture)
        client.allocate()
        fixture.actions = []
        return (fixture, client)
    }

    @Test func severalPeersAreInstalledTogether() {
        let (fixture, client) = allocated()
        let answer = client.permit(peer, other, peer)
        #expect(answer.messageClass == .success)
        #expect(answer.isSigned(by: client.key))
        #expect(Set(fixture.permitted) == [peer, other])
        #expect(fixture.shared.quotas.usage(of: "alice").permissions == 2)
    }

    /// RFC 8656 §10.2: all or nothing, with the code of what is wrong.
    @Test(arguments: [Fault.malformed, .otherFamily, .denied])
    func oneBadPeerInstallsNone(_ fault: Fault) {
        let (fixture, client) = allocated()
        let id = client.freshTransaction()
        let good = TestClient.peer(TransportAddress(peer, 0), id)
        let answer = client.request(
            .createPermission, [good, fault.attribute(id), good], transaction: id)
        #expect(answer.code == fault.code)
        #expect(answer.isSigned(by: client.key))
        #expect(fixture.permitted.isEmpty)
        #expect(fixture.shared.quotas.usage(of: "alice").permissions == 0)
    }

    enum Fault {
        case malformed, otherFamily, denied

        var code: UInt16 {
            switch self {
            case .malformed: 400
            case .otherFamily: 443
            case .denied: 403
            }
        }

        func attribute(_ id: TransactionID) -> RawAttribute {
            switch self {
            case .malformed: RawAttribute(.xorPeerAddress, [0, 1, 0, 0])
            case .otherFamily:
                TestClient.peer(TransportAddress(IPAddress(v6High: 0x2600 << 48, low: 1), 0), id)
            case .denied: TestClient.peer(TransportAddress(IPAddress(127, 0, 0, 1), 0), id)
            }
        }
    }

    @Test func withoutPeerOrWithAnEmptyOneThereIs400() {
        let (fixture, client) = allocated()
        #expect(client.request(.createPermission, []).code == 400)
        #expect(client.request(.createPermission, [RawAttribute(.xorPeerAddress, [])]).code == 400)
        #expect(fixture.permitted.isEmpty)
    }

    /// RFC 8656 §9: 300 seconds, set anew by each CreatePermission and by nothing else.
    @Test func aPermissionLastsFiveMinutes() {
        let (fixture, client) = allocated()
        client.permit(peer)
        fixture.advance(200)
        client.permit(peer)
        fixture.advance(299)
        #expect(fixture.permissionsRemoved.isEmpty)
        fixture.advance(1.1)
        #expect(fixture.permissionsRemoved == [peer])
        #expect(fixture.shared.quotas.usage(of: "alice").permissions == 0)
    }

    @Test func theOwnAddressIsPermittedAsHairpin() {
        var settings = Fixture.settings()
        var policy = PeerPolicySettings()
        policy.ownAddresses = [Fixture.relayV4]
        settings.peerPolicy = PeerPolicy(policy)
        let (fixture, client) = allocated(settings)
        #expect(client.permit(Fixture.relayV4).messageClass == .success)
        let own = fixture.actions.contains {
            if case .installPermission(_, Fixture.relayV4, _, own: true) = $0 {
                true
            } else {
                false
            }
        }
        #expect(own)
        // A channel names a port, which must be a relay port.
        #expect(client.bind(0x4000, TransportAddress(Fixture.relayV4, 22)).code == 403)
        #expect(
            client.bind(0x4000, TransportAddress(Fixture.relayV4, 50_000)).messageClass == .success)
    }

    @Test func permissionsOfOneAllocationAreBounded() {
        var settings = Fixture.settings()
        settings.limits.permissionsPerAllocation = 3
        let (fixture, client) = allocated(settings)
        #expect(
            client.permit(IPAddress(9, 0, 0, 1), IPAddress(9, 0, 0, 2)).messageClass == .success)
        #expect(client.permit(IPAddress(9, 0, 0, 3), IPAddress(9, 0, 0, 4)).code == 508)
        #expect(fixture.permitted.count == 2)
        #expect(
            client.permit(IPAddress(9, 0, 0, 2), IPAddress(9, 0, 0, 3)).messageClass == .success)
        #expect(client.bind(0x4000, TransportAddress(IPAddress(9, 0, 0, 4), 1)).code == 508)
    }

    @Test func permissionsOfOneUserAreBoundedOverAllocations() {
        var settings = Fixture.settings()
        settings.limits.permissionsPerUser = 2
        let (fixture, client) = allocated(settings)
        let second = TestClient(fixture, port: 41_000)
        second.allocate()
        #expect(client.permit(peer).messageClass == .success)
        #expect(second.permit(peer).messageClass == .success)
        #expect(second.permit(other).code == 508)
        client.request(.refresh, [.lifetime(0)])
        #expect(second.permit(other).messageClass == .success)
    }

    /// An ICE check burst passes, a scan does not.
    @Test func newPeersAreBoundedPerSecond() {
        var settings = Fixture.settings()
        settings.limits.newPermissionsPerSecond = 2
        settings.limits.permissionBurst = 10
        let (fixture, client) = allocated(settings)
        for number in UInt8(0)..<10 {
            #expect(client.permit(IPAddress(9, 0, 0, number)).messageClass == .success)
        }
        #expect(client.permit(IPAddress(9, 0, 0, 10)).code == 508)
        #expect(client.permit(IPAddress(9, 0, 0, 9)).messageClass == .success)
        fixture.advance(1)
        #expect(
            client.permit(IPAddress(9, 0, 0, 10), IPAddress(9, 0, 0, 11)).messageClass == .success)
        #expect(client.permit(IPAddress(9, 0, 0, 12)).code == 508)
    }
}
