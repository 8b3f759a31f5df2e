import Primitives
import Testing

@testable import TURN

@Suite struct PeerPolicyTests {
    private static let closed = PeerPolicy(PeerPolicySettings())

    private func verdict(_ policy: PeerPolicy, _ text: String, port: UInt16? = nil) -> String {
        let peer = CanonicalPeer(canonicalising: IPAddress(text)!)
        let verdict =
            port.map { policy.judge(channel: peer, port: $0) } ?? policy.judge(permission: peer)
        return Self.label(verdict)
    }

    private static func label(_ verdict: PeerVerdict) -> String {
        switch verdict {
        case .allowed(.network): "allowed"
        case .allowed(let reach): "\(reach)"
        case .denied(let denial): denial.peerClass.rawValue
        }
    }

    private func rules(_ ranges: String...) -> [PeerRule] {
        ranges.map { PeerRule(AddressRange($0)!, source: "line \($0)") }
    }

    @Test func corpusHasHundredsOfSpellings() {
        #expect(PeerCorpus.entries.count > 600)
        let classes = Set(PeerCorpus.entries.map(\.verdict))
        // All classes but those that depend on the server's own configuration.
        let configured: Set = ["listener", "own-address", "configured"]
        #expect(classes == Set(PeerClass.allCases.map(\.rawValue) + ["allowed"]) - configured)
    }

    @Test(arguments: PeerCorpus.entries)
    func givesTheVerdictOfTheCorpus(_ entry: PeerCorpus.Entry) {
        let peer = CanonicalPeer(canonicalising: entry.address)
        #expect(Self.label(Self.closed.judge(permission: peer)) == entry.verdict)
    }

    @Test func openingEverythingOpensSoftClassesOnly() {
        var settings = PeerPolicySettings()
        settings.allowed = rules("0.0.0.0/0", "::/0")
        let open = PeerPolicy(settings)
        for entry in PeerCorpus.entries {
            let peer = CanonicalPeer(canonicalising: entry.address)
            let isHard = PeerClass(rawValue: entry.verdict)?.isHard ?? false
            let label = Self.label(open.judge(permission: peer))
            #expect(label == (isHard ? entry.verdict : "allowed"), "\(entry)")
        }
    }

    @Test func allowedBeatsDeniedForSoftAndPublicAddresses() {
        var settings = PeerPolicySettings()
        settings.denied = rules("0.0.0.0-255.255.255.255")
        settings.allowed = rules("10.1.0.0/16", "8.8.8.8", "127.0.0.0/8")
        let policy = PeerPolicy(settings)
        #expect(verdict(policy, "10.1.2.3") == "allowed")
        #expect(verdict(policy, "8.8.8.8") == "allowed")
        #expect(verdict(policy, "9.9.9.9") == "configured")
        #expect(verdict(policy, "10.2.0.1") == "configured")
        #expect(verdict(policy, "127.0.0.1") == "loopback")
        #expect(verdict(policy, "2606:4700::1") == "allowed")
    }

    @Test func bothAddressesMustBeOpened() {
        var settings = PeerPolicySettings()
        settings.allowed = rules("64:ff9b::/96", "::ffff:0:0/96")
        let policy = PeerPolicy(settings)
        #expect(verdict(policy, "64:ff9b::8.8.8.8") == "allowed")
        #expect(verdict(policy, "64:ff9b::10.0.0.1") == "private")
        #expect(verdict(policy, "::ffff:192.168.0.1") == "private")
        #expect(verdict(policy, "64:ff9b::127.0.0.1") == "loopback")

        settings.allowed += rules("10.0.0.0/8")
        #expect(verdict(PeerPolicy(settings), "64:ff9b::10.0.0.1") == "allowed")
        settings.allowed = rules("10.0.0.0/8")
        #expect(verdict(PeerPolicy(settings), "64:ff9b::10.0.0.1") == "nat64")
    }

    @Test func deniedInnerAddressDeniesItsSpellings() {
        var settings = PeerPolicySettings()
        settings.denied = rules("93.184.216.34")
        settings.allowed = rules("64:ff9b::/96")
        #expect(verdict(PeerPolicy(settings), "64:ff9b::93.184.216.34") == "configured")
    }

    @Test func ownAddressesAreReachableInsideTheRelayRangeOnly() {
        var settings = PeerPolicySettings()
        settings.ownAddresses = ["203.0.114.5", "10.0.0.5", "127.0.0.1", "fe80::1"]
            .map { IPAddress($0)! }
        settings.listeners = [
            TransportAddress(IPAddress("0.0.0.0")!, 3478),
            TransportAddress(IPAddress("203.0.114.5")!, 50_000),
        ]
        let policy = PeerPolicy(settings)
        #expect(verdict(policy, "203.0.114.5") == "hairpin")
        #expect(verdict(policy, "10.0.0.5") == "hairpin")
        #expect(verdict(policy, "10.0.0.6") == "private")
        #expect(verdict(policy, "203.0.114.5", port: 49_152) == "hairpin")
        #expect(verdict(policy, "203.0.114.5", port: 65_535) == "hairpin")
        for port: UInt16 in [0, 22, 80, 443, 3478, 49_151, 50_000] {
            #expect(verdict(policy, "203.0.114.5", port: port) == "listener")
        }
        // Interfaces have loopback and link-local addresses too; those stay closed.
        #expect(verdict(policy, "127.0.0.1") == "loopback")
        #expect(verdict(policy, "fe80::1") == "link-local")
    }

    @Test func ownAddressBehindATranslatorIsDenied() {
        var settings = PeerPolicySettings()
        settings.ownAddresses = [IPAddress("203.0.114.5")!]
        settings.allowed = rules("64:ff9b::/96", "203.0.114.5")
        let policy = PeerPolicy(settings)
        #expect(verdict(policy, "64:ff9b::203.0.114.5") == "own-address")
        // Being allowed as a peer does not turn the hairpin into the kernel's way.
        #expect(verdict(policy, "203.0.114.5") == "hairpin")
    }

    @Test func loopbackOpensByForceButNotForListeners() {
        var settings = PeerPolicySettings()
        settings.forceLoopback = true
        settings.ownAddresses = [IPAddress("127.0.0.1")!]
        settings.listeners = [TransportAddress(IPAddress("127.0.0.1")!, 3478)]
        let policy = PeerPolicy(settings)
        #expect(verdict(policy, "127.0.0.1") == "hairpinOrNetwork")
        #expect(verdict(policy, "::1", port: 9) == "hairpinOrNetwork")
        #expect(verdict(policy, "127.0.0.1", port: 3479) == "hairpinOrNetwork")
        #expect(verdict(policy, "127.0.0.1", port: 3478) == "listener")
        // Other spellings of it are no less a detour.
        #expect(verdict(policy, "::ffff:127.0.0.1") == "own-address")
        #expect(verdict(policy, "169.254.169.254") == "metadata")
    }

    @Test("A denied-peer-ip line closes a part of loopback that force opened")
    func forcedLoopbackIsDeniedByALine() {
        var settings = PeerPolicySettings()
        settings.forceLoopback = true
        settings.denied = rules("127.0.0.0/24", "::1")
        settings.allowed = rules("127.0.0.7")
        let policy = PeerPolicy(settings)
        #expect(verdict(policy, "127.0.0.2") == "configured")
        #expect(verdict(policy, "127.0.0.2", port: 9) == "configured")
        #expect(verdict(policy, "::1") == "configured")
        #expect(verdict(policy, "127.0.0.7") == "hairpinOrNetwork")
        #expect(verdict(policy, "127.0.1.1") == "hairpinOrNetwork")
    }

    @Test func onLinkPrefixesAndBroadcastAddresses() {
        var settings = PeerPolicySettings()
        settings.onLink = [AddressRange("192.168.1.0/24")!]
        settings.broadcasts = [IPAddress("192.168.1.255")!]
        let policy = PeerPolicy(settings)
        #expect(verdict(policy, "192.168.1.77") == "allowed")
        #expect(verdict(policy, "192.168.2.77") == "private")
        #expect(verdict(policy, "192.168.1.255") == "broadcast")
    }

    @Test func causesNameTheLineThatHelps() {
        var settings = PeerPolicySettings()
        settings.denied = rules("9.9.9.0/24")
        let policy = PeerPolicy(settings)
        let cause = { (text: String) -> String in
            let peer = CanonicalPeer(canonicalising: IPAddress(text)!)
            guard case .denied(let denial) = policy.judge(permission: peer) else { return "" }
            return policy.cause(of: denial)
        }
        #expect(
            cause("10.0.0.7")
                == "10.0.0.7 is private (private use, RFC 1918); "
                + "\"allowed-peer-ip=10.0.0.7\" would allow it")
        #expect(cause("127.0.0.1").hasSuffix("no setting opens it"))
        #expect(cause("::ffff:127.0.0.1").hasPrefix("it holds 127.0.0.1, which is loopback"))
        #expect(cause("9.9.9.9").contains("\"line 9.9.9.0/24\""))
    }

    @Test func openingsAreListed() {
        var settings = PeerPolicySettings()
        settings.allowed = rules("10.0.0.0/8", "127.0.0.1", "8.8.8.8")
        settings.forceLoopback = true
        #expect(
            PeerPolicy(settings).openings == [
                "loopback peers are open by force",
                "private 10.0.0.0-10.255.255.255 is open (line 10.0.0.0/8)",
                "loopback 127.0.0.1 stays closed (line 127.0.0.1)",
            ])
    }
}

private func - (a: Set<String>, b: Set<String>) -> Set<String> { a.subtracting(b) }
