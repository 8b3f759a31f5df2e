import Testing

@testable import Appliance

@Suite struct OpenFilesTests {
    static let files = OpenFiles(relayPorts: 1000, connections: 400, relaysTCP: true, fixed: 100)

    @Test("Each connection may have one to a peer beside it")
    func wanted() {
        #expect(Self.files.wanted == 100 + 1000 + 2 * 400)
        var files = Self.files
        files.relaysTCP = false
        #expect(files.wanted == 100 + 1000 + 400)
    }

    @Test func everythingFits() {
        let shares = Self.files.shares(of: 1900)
        #expect(shares == .init(relaySockets: 1000, connections: 400, warning: nil))
    }

    @Test(
        "What is left is halved, and what one does not need the other gets",
        arguments: [
            (1899, 999, 400), (1100, 500, 250), (1700, 800, 400), (300, 100, 50),
            (100, 1, 1), (0, 1, 1),
        ])
    func tooFew(granted: Int, relays: Int, connections: Int) throws {
        let shares = Self.files.shares(of: granted)
        #expect(shares.relaySockets == relays)
        #expect(shares.connections == connections)
        let warning = try #require(shares.warning)
        #expect(warning.contains("LimitNOFILE=1900"))
        #expect(warning.contains("\(granted) open files"))
        #expect(warning.contains("relay ports") == (relays < 1000))
        #expect(warning.contains("connections-max") == (connections < 400))
    }

    @Test("Nothing is promised beyond what was granted")
    func neverAbove() {
        for granted in stride(from: 104, through: 1900, by: 7) {
            let shares = Self.files.shares(of: granted)
            #expect(shares.relaySockets + 2 * shares.connections + 100 <= granted)
        }
    }

    @Test func withoutStreams() {
        let files = OpenFiles(relayPorts: 1000, connections: 0, relaysTCP: true, fixed: 100)
        #expect(files.shares(of: 600).relaySockets == 500)
        #expect(files.shares(of: 600).connections == 0)
        #expect(files.shares(of: 1100).warning == nil)
    }
}
