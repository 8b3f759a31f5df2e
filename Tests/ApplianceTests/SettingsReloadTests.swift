import Configuration
import Forwarding
import LinuxIO
import Primitives
import TURN
import Testing

@testable import Appliance

/// What a reload makes of the mapping: sockets, relay addresses, ranges of before.
@Suite struct SettingsReloadTests {
    static let lan = StartPlanTests.lan
    static let outside = IPAddress(203, 0, 113, 1)

    fileprivate static func mapping(
        _ change: (inout ServerConfiguration) -> Void = { _ in }
    ) throws -> SettingsMapping {
        let configuration = configuration(change)
        return SettingsMapping(
            configuration: configuration, machine: StartPlanTests.machine,
            plan: try StartPlan(configuration, on: StartPlanTests.machine), relaySocketsMax: 100,
            peerConnectionsMax: 50)
    }

    private static func configuration(
        _ change: (inout ServerConfiguration) -> Void
    ) -> ServerConfiguration {
        var configuration = ServerConfiguration()
        change(&configuration)
        return configuration
    }

    private static var grown: Machine {
        var machine = StartPlanTests.machine
        machine.interfaces.append(
            .init(ip: IPAddress(10, 9, 9, 9), prefix: 24, isLoopback: false))
        return machine
    }

    @Test("Addresses that came and went count only where something about listening changes")
    func machineOfBefore() throws {
        let old = try Self.mapping()
        let quota = try old.following(
            Self.configuration { $0.limits.allocationsPerUser = 3 }, on: Self.grown)
        #expect(quota.change.isEmpty)
        #expect(quota.next.settings.limits.allocationsPerUser == 3)
        #expect(
            quota.next.settings.peerPolicy.judge(
                channel: CanonicalPeer(canonicalising: IPAddress(10, 9, 9, 9)), port: 22
            ).isAllowed == false)
        let port = try old.following(Self.configuration { $0.listening.port = 99 }, on: Self.grown)
        #expect(port.change.openedUDP.count == old.plan.udp.count + 1)
        #expect(port.change.closedUDP.count == old.plan.udp.count)
    }

    @Test("A new address may be named although it was not there at the start")
    func newAddress() throws {
        let ip = IPAddress(10, 9, 9, 9)
        let old = try Self.mapping()
        let new = Self.configuration { $0.listening.addresses = [ip] }
        #expect(try old.following(new, on: Self.grown).next.plan.udp.map(\.ip) == [ip])
        #expect(throws: StartFailure.self) {
            try old.following(new, on: StartPlanTests.machine)
        }
    }

    @Test("The realm, and all that hangs on it, follows the file")
    func realm() throws {
        let next = try Self.mapping().following(
            Self.configuration { $0.credentials.realm = "other.example" },
            on: StartPlanTests.machine
        ).next
        #expect(next.settings.realm == "other.example")
    }

    @Test("Relays of before are reached as long as one is left")
    func formerRelays() throws {
        let old = try Self.mapping {
            $0.relay.external = [.init(publicAddress: Self.outside)]
            ($0.relay.minPort, $0.relay.maxPort) = (50_000, 50_009)
        }
        let ledger = old.sharedState(old.settings).ports
        let port = try #require(
            ledger.draw(.any, on: Self.lan, for: WorkerID(index: 0), entropy: 7))
        let (first, change) = try old.following(
            Self.configuration { ($0.relay.minPort, $0.relay.maxPort) = (60_000, 60_009) },
            on: StartPlanTests.machine)
        var next = first
        ledger.apply(addresses: next.plan.relays.map(\.local), ports: next.ports)
        next.follow(change, from: old, ledger) { _ in true }
        let peer = CanonicalPeer(canonicalising: Self.outside)
        #expect(next.settings.peerPolicy.judge(channel: peer, port: port) == .allowed(.hairpin))
        #expect(next.settings.peerPolicy.judge(channel: peer, port: 60_000) == .allowed(.hairpin))
        #expect(next.settings.relayAddresses.allSatisfy { $0.local == $0.advertised })
        ledger.release(port, on: Self.lan)
        var last = next
        last.follow(ListenerChange(), from: next, ledger) { _ in false }
        #expect(last.formerPorts.isEmpty && last.formerRelays.isEmpty)
        #expect(last.settings.peerPolicy.judge(channel: peer, port: port) != .allowed(.hairpin))
    }

    @Test("A public address of before goes with its last relay, however busy the local one is")
    func formerPublicAddress() throws {
        let old = try Self.mapping { $0.relay.external = [.init(publicAddress: Self.outside)] }
        let ledger = old.sharedState(old.settings).ports
        _ = try #require(ledger.draw(.any, on: Self.lan, for: WorkerID(index: 0), entropy: 7))
        let former = ServerSettings.RelayAddress(local: Self.lan, advertised: Self.outside)
        let map = RelayMap(addresses: [(Self.lan, Self.outside)])
        let change = try old.following(Self.configuration { _ in }, on: StartPlanTests.machine)
        var next = change.next
        // Not at once: until workers are told, they make allocations there.
        next.follow(change.change, from: old, ledger) { map.isInUse($0.advertised) }
        #expect(next.formerRelays == [former])
        #expect(!next.forgetRelays(ledger) { _ in true })
        #expect(next.forgetRelays(ledger) { map.isInUse($0.advertised) })
        #expect(next.formerRelays.isEmpty)
    }

    @Test("Ranges of before do not pile up")
    func formerRanges() throws {
        var mapping = try Self.mapping { ($0.relay.minPort, $0.relay.maxPort) = (50_000, 50_009) }
        let ledger = mapping.sharedState(mapping.settings).ports
        _ = ledger.draw(.any, on: Self.lan, for: WorkerID(index: 0), entropy: 7)
        for step in 1...20 {
            let old = mapping
            (mapping, _) = try old.following(
                Self.configuration {
                    ($0.relay.minPort, $0.relay.maxPort) = (UInt16(50_100 + step), 50_200)
                }, on: StartPlanTests.machine)
            ledger.apply(addresses: mapping.plan.relays.map(\.local), ports: mapping.ports)
            mapping.follow(ListenerChange(), from: old, ledger) { _ in true }
            #expect(mapping.formerPorts == [50_000...50_009])
        }
    }

    /// In a process of its own, whose table no other test has grown.
    @Test("Open files are shared out anew, and the table of descriptors is left as it is")
    func openFilesWhileRunning() async {
        await #expect(processExitsWith: .success) {
            func tableSize() throws -> Int {
                let status = try File.readText("/proc/self/status", max: 1 << 16)
                let line = status.split(separator: "\n").first { $0.hasPrefix("FDSize:") }
                return Int(line?.split(separator: "\t").last ?? "") ?? 0
            }
            let size = try tableSize()
            var mapping = try SettingsReloadTests.mapping {
                ($0.relay.minPort, $0.relay.maxPort) = (1025, 65_535)
            }
            _ = mapping.shareOpenFiles(isRunning: true)
            #expect(mapping.relaySocketsMax != 100)
            #expect(try tableSize() == size)
            _ = mapping.shareOpenFiles(isRunning: false)
            #expect(try tableSize() > size)
        }
    }
}
