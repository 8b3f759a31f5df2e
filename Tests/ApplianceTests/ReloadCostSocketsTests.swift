import Admin
import Configuration
import Primitives
import TURN
import Testing

@testable import Appliance

/// What the printed diff says of sockets.
@Suite struct ReloadCostSocketsTests {
    private static func changes(
        _ keys: [String], allocations: [ListenerID: Int] = [:],
        _ change: (inout ServerConfiguration) -> Void
    ) throws -> [ReloadReply.Change] {
        let old = try ListenerSlotsTests.plan()
        let new = try ListenerSlotsTests.plan(change)
        var changes = keys.map {
            ReloadReply.Change(
                key: $0, removed: [], added: ["new"], cost: ReloadCost.cost(of: $0))
        }
        ReloadCost.nameSockets(
            &changes, try ListenerSlots(old).change(to: new), from: old, to: new,
            allocations: allocations)
        return changes
    }

    @Test func anAddedPortCostsNothing() throws {
        let changes = try Self.changes(["user-quota", "aux-server"]) {
            $0.listening.auxiliary = [TransportAddress(ListenerSlotsTests.lan, 443)]
        }
        #expect(changes.map(\.cost) == [.nothing, .nothing])
        #expect(changes.map(\.note) == [nil, "opens 10.0.0.5:443 (UDP, TCP)"])
    }

    @Test("A port that goes: allocations over datagrams end, those over streams go on")
    func aMovedPort() throws {
        let changes = try Self.changes(
            ["listening-port"],
            allocations: [
                ListenerIndex.udp(0): 2, ListenerIndex.dtls(0): 1, ListenerIndex.tcp(0): 4,
                ListenerIndex.tls(0): 1, ListenerIndex.udp(1): 99,
            ]
        ) { $0.listening.port = 3479 }
        #expect(changes.map(\.cost) == [.sessions])
        #expect(
            changes[0].note
                == "opens 10.0.0.5:3479 (UDP, TCP); closes 10.0.0.5:3478 (UDP, TCP); "
                + "ends 3 allocations over UDP and DTLS; streams go on, 5 allocations among them")
    }

    @Test("Nobody is there: it costs nothing")
    func anEmptyPort() throws {
        let changes = try Self.changes(["no-udp"]) { $0.listening.udp = false }
        #expect(changes.map(\.cost) == [.nothing])
        #expect(
            changes[0].note == "closes 10.0.0.5:3478 (UDP); ends 0 allocations over UDP and DTLS")
    }

    @Test("What no line shows has a place of its own")
    func withoutALine() throws {
        let changes = try Self.changes(["realm"]) { $0.listening.port = 3479 }
        #expect(changes.map(\.key) == ["realm", "listening-ip"])
        #expect(changes[1].note?.hasPrefix("opens 10.0.0.5:3479") == true)
    }

    @Test func wildcardsAreCutShort() throws {
        let changes = try Self.changes(["aux-server"]) {
            $0.listening.auxiliary = (1...12).map {
                TransportAddress(ListenerSlotsTests.lan, UInt16($0))
            }
        }
        #expect(changes[0].note?.hasSuffix("10.0.0.5:8 (UDP, TCP), 4 more") == true)
    }

    @Test func aProxyIsSaid() throws {
        let changes = try Self.changes(["tcp-proxy-port"]) { $0.streams.proxyPort = 3478 }
        #expect(changes[0].note == "10.0.0.5:3478 is behind a proxy now")
    }
}
