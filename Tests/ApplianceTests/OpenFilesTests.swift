import Testing

@testable import Appliance

@Suite struct OpenFilesTests {
    static let files = OpenFiles(relayPorts: 1000, connections: 400, relaysTCP: true, fixed: 100)

    @Test("Two connections of a client may have one to a peer beside them")
    func wanted() {
        #expect(Self.files.wanted == 100 + 1000 + 400 + 200)
        var files = Self.files
        files.relaysTCP = false
        #expect(files.wanted == 100 + 1000 + 400)
    }

    @Test func everythingFits() {
        let shares = Self.files.shares(of: 1700)
        #expect(
            shares
                == .init(relaySockets: 1000, connections: 400, peerConnections: 200, warning: nil))
    }

    @Test(
        "What is left is halved, and what one does not need the other gets",
        arguments: [
            (1699, 1000, 400, 199), (1600, 1000, 400, 100), (1100, 538, 400, 62),
            (420, 150, 150, 20), (100, 0, 0, 0), (0, 0, 0, 0),
        ])
    func tooFew(granted: Int, relays: Int, connections: Int, peers: Int) throws {
        let shares = Self.files.shares(of: granted)
        #expect(shares.relaySockets == max(1, relays))
        #expect(shares.connections == max(1, connections))
        #expect(shares.peerConnections == max(1, peers))
        let warning = try #require(shares.warning)
        #expect(warning.contains("LimitNOFILE=1700"))
        #expect(warning.contains("\(granted) open files"))
        #expect(warning.contains("\(relays) of 1000 relay ports") == (relays < 1000))
        #expect(warning.contains("\(connections) of 400 connections") == (connections < 400))
        #expect(warning.contains("\(peers) of 200 connections to peers") == (peers < 200))
    }

    @Test("Nothing is promised beyond what was granted")
    func neverAbove() {
        for granted in stride(from: 120, through: 1700, by: 7) {
            let shares = Self.files.shares(of: granted)
            let sum = shares.relaySockets + shares.connections + shares.peerConnections
            #expect(sum + 100 <= granted)
        }
    }

    @Test func withoutStreams() {
        let files = OpenFiles(relayPorts: 1000, connections: 0, relaysTCP: true, fixed: 100)
        #expect(files.shares(of: 600).relaySockets == 500)
        #expect(files.shares(of: 600).connections == 0)
        #expect(files.shares(of: 1100).warning == nil)
    }
}
