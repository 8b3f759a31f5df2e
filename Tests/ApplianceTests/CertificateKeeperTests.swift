import Admin
import Configuration
import Crypto
import Glibc
import LinuxIO
import Primitives
import Testing

@testable import Appliance

@Suite struct CertificateKeeperTests {
    /// A directory with the files of pairs, and a keeper over them.
    private final class Rig {
        let path: String
        let keeper: CertificateKeeper
        var now = Clock.now()

        init(pairs: Int = 1) throws {
            path = "/tmp/ts-keeper-\(Entropy.bytes(8).map { String($0, radix: 16) }.joined())"
            try File.makeDirectory(path, mode: 0o700)
            var configuration = ServerConfiguration()
            configuration.streams = Self.streams(pairs, in: path)
            keeper = CertificateKeeper(
                configuration.streams, served: ServedTransports(configuration))
        }

        func streams(_ pairs: Int) -> ServerConfiguration.Streams {
            Self.streams(pairs, in: path)
        }

        func reload(_ streams: ServerConfiguration.Streams) -> [(LogLevel, String)] {
            var configuration = ServerConfiguration()
            configuration.streams = streams
            return keeper.reload(streams, served: ServedTransports(configuration), at: now)
        }

        private static func streams(
            _ pairs: Int, in path: String
        ) -> ServerConfiguration.Streams {
            var streams = ServerConfiguration.Streams()
            streams.certificates = (0..<pairs).map { index in
                .init(
                    certificate: "\(path)/\(index).crt", privateKey: "\(path)/\(index).key",
                    source: "turnstone.conf:\(index + 1)")
            }
            return streams
        }

        deinit {
            for name in (try? File.names(in: path)) ?? [] { try? File.remove(path + "/" + name) }
            rmdir(path)
        }

        func write(
            _ index: Int = 0, name: String, days: Int = 90, parts: [String] = ["crt", "key"]
        )
            throws
        {
            let pair = try SelfSigned.make(
                names: [name], validDays: days, at: now.unixSeconds)
            let bytes = ["crt": pair.certificatePEM, "key": pair.keyPEM]
            for part in parts {
                try File.writeAtomically("\(path)/\(index).\(part)", bytes[part] ?? [], mode: 0o600)
            }
        }

        /// Lets a second pass after a change.
        func follow() -> [(LogLevel, String)] {
            keeper.noteChanges(at: now.monotonic)
            let early = keeper.tick(at: now)
            #expect(early.isEmpty)
            move(1)
            return keeper.tick(at: now)
        }

        func move(_ seconds: UInt32) {
            now.monotonic = now.monotonic + Seconds(seconds)
            now.unixSeconds += UInt64(seconds)
        }

        var names: [String] { keeper.certificates.flatMap(\.names) }
    }

    @Test func filesAreReadAndReadAgain() throws {
        let rig = try Rig()
        try rig.write(name: "one.example")
        let lines = rig.keeper.open(at: rig.now)
        #expect(lines.map(\.0) == [.info])
        #expect(rig.names == ["one.example"])
        let first = try #require(rig.keeper.contexts.stream)
        #expect(rig.keeper.contexts.datagram != nil)
        try rig.write(name: "two.example")
        #expect(rig.follow().map(\.0) == [.info])
        #expect(rig.names == ["two.example"])
        #expect(rig.keeper.contexts.stream !== first)
        #expect(rig.keeper.snapshots(at: rig.now.unixSeconds)[0].names == ["two.example"])
    }

    @Test func aMismatchedPairChangesNothingAndIsExplained() throws {
        let rig = try Rig()
        try rig.write(name: "one.example")
        _ = rig.keeper.open(at: rig.now)
        let first = try #require(rig.keeper.contexts.stream)
        try rig.write(name: "two.example", parts: ["crt"])
        let lines = rig.follow()
        #expect(lines.count == 1)
        #expect(lines[0].0 == .error)
        #expect(lines[0].1.hasPrefix("turnstone.conf:1: the key in "))
        #expect(lines[0].1.hasSuffix("; the old one stays"))
        #expect(rig.keeper.contexts.stream === first)
        #expect(rig.names == ["one.example"])
        // The key follows, and all is well.
        try rig.write(name: "three.example")
        #expect(rig.follow().map(\.0) == [.info])
        #expect(rig.names == ["three.example"])
    }

    @Test func whatIsNotThereYetIsServedOnceItIs() throws {
        let rig = try Rig()
        let lines = rig.keeper.open(at: rig.now)
        #expect(lines.map(\.0) == [.error])
        #expect(
            lines[0].1 == "turnstone.conf:1: \(rig.path)/0.crt cannot be read: "
                + "No such file or directory; not served; read again when the files change")
        #expect(rig.keeper.contexts.stream == nil)
        try rig.write(name: "one.example")
        _ = rig.follow()
        #expect(rig.keeper.contexts.stream != nil)
    }

    @Test func oneBrokenPairLeavesTheOthers() throws {
        let rig = try Rig(pairs: 2)
        try rig.write(0, name: "one.example")
        try rig.write(1, name: "two.example")
        _ = rig.keeper.open(at: rig.now)
        try rig.write(0, name: "three.example", parts: ["key"])
        try rig.write(1, name: "four.example")
        #expect(rig.follow().filter { $0.0 == .error }.count == 1)
        #expect(rig.names == ["one.example", "four.example"])
    }

    @Test func aReloadMayNameOtherFiles() throws {
        let rig = try Rig()
        try rig.write(0, name: "one.example")
        try rig.write(1, name: "two.example")
        _ = rig.keeper.open(at: rig.now)
        let first = rig.keeper.contexts.stream
        _ = rig.reload(rig.streams(2))
        #expect(rig.names == ["one.example", "two.example"])
        #expect(rig.keeper.contexts.stream !== first)
        // Also what is new is watched.
        try rig.write(1, name: "three.example")
        _ = rig.follow()
        #expect(rig.names == ["one.example", "three.example"])
        // One that cannot be read takes nothing away.
        let lines = rig.reload(rig.streams(3))
        #expect(lines.map(\.0).contains(.error))
        #expect(rig.names == ["one.example", "three.example"])
        _ = rig.reload(rig.streams(1))
        #expect(rig.names == ["one.example"])
    }

    @Test("TLS and DTLS end with the last certificate, or one by one, and begin again")
    func aReloadSwitches() throws {
        let rig = try Rig()
        try rig.write(name: "one.example")
        _ = rig.keeper.open(at: rig.now)
        #expect(rig.reload(rig.streams(0)).isEmpty)
        #expect(rig.names.isEmpty)
        #expect(rig.keeper.contexts.stream == nil)
        #expect(rig.keeper.contexts.datagram == nil)
        #expect(rig.keeper.raw == nil)
        var streams = rig.streams(1)
        streams.dtls = false
        _ = rig.reload(streams)
        #expect(rig.names == ["one.example"])
        #expect(rig.keeper.contexts.stream != nil)
        #expect(rig.keeper.contexts.datagram == nil)
        _ = rig.reload(rig.streams(1))
        #expect(rig.keeper.contexts.datagram != nil)
    }

    @Test("Whoever comes first is served to clients that name nobody, also after a reload")
    func aReloadTurnsTheOrder() throws {
        let rig = try Rig(pairs: 2)
        try rig.write(0, name: "one.example")
        try rig.write(1, name: "two.example")
        _ = rig.keeper.open(at: rig.now)
        var streams = rig.streams(2)
        streams.certificates.reverse()
        #expect(rig.reload(streams).map(\.0) == [.info, .info])
        #expect(rig.names == ["two.example", "one.example"])
    }

    @Test("A pair that is gone is served no more, whatever is wrong with the one in its place")
    func aReloadTakesAwayOneOfTwo() throws {
        let rig = try Rig(pairs: 3)
        try rig.write(0, name: "one.example")
        try rig.write(1, name: "two.example")
        _ = rig.reload(rig.streams(2))
        #expect(rig.names == ["one.example", "two.example"])
        var streams = rig.streams(3)
        streams.certificates.removeFirst()
        #expect(rig.reload(streams).filter { $0.0 == .error }.count == 1)
        #expect(rig.names == ["two.example"])
        // The last one stays: better an old certificate than no TLS.
        streams.certificates.removeFirst()
        let lines = rig.reload(streams)
        #expect(lines.last?.1 == "TLS: no pair can be used; the old ones stay")
        #expect(rig.names == ["two.example"])
    }

    @Test("A pair on another line is the same pair, and nothing is made anew")
    func aReloadMovesLines() throws {
        let rig = try Rig()
        try rig.write(name: "one.example")
        _ = rig.keeper.open(at: rig.now)
        let first = rig.keeper.contexts.stream
        var streams = rig.streams(1)
        streams.certificates[0].source = "turnstone.conf:9"
        #expect(rig.reload(streams).isEmpty)
        #expect(rig.keeper.contexts.stream === first)
    }

    @Test func otherRulesMakeOtherContexts() throws {
        let rig = try Rig()
        try rig.write(name: "one.example")
        _ = rig.keeper.open(at: rig.now)
        let first = rig.keeper.contexts.stream
        var streams = rig.streams(1)
        streams.refusesTLS12 = true
        _ = rig.reload(streams)
        #expect(rig.keeper.contexts.stream !== first)
    }

    @Test func unchangedFilesChangeNothing() throws {
        let rig = try Rig()
        try rig.write(name: "one.example")
        _ = rig.keeper.open(at: rig.now)
        let first = rig.keeper.contexts.stream
        #expect(rig.reload(rig.streams(1)).isEmpty)
        #expect(rig.keeper.contexts.stream === first)
    }

    @Test func theEndIsWarnedOfEveryDay() throws {
        let rig = try Rig()
        try rig.write(name: "one.example", days: 22)
        #expect(rig.keeper.open(at: rig.now).map(\.0) == [.info])
        #expect(rig.keeper.nextDeadline == rig.now.monotonic + Seconds(86_400))
        rig.move(86_400)
        #expect(rig.keeper.tick(at: rig.now).isEmpty)
        rig.move(86_400)
        let lines = rig.keeper.tick(at: rig.now)
        #expect(lines.map(\.0) == [.warning])
        #expect(lines[0].1.hasSuffix("expires in 20 days"))
        #expect(rig.keeper.tick(at: rig.now).isEmpty)
    }
}
