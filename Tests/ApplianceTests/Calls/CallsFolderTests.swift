import LinuxIO
import Primitives
import Signaling
import Testing

@testable import Appliance

@Suite struct CallsFolderTests {
    private let path: String
    private let folder: CallsFolder
    private let now = Now(
        monotonic: MonotonicTime(nanoseconds: 5_000_000_000), unixSeconds: 1_800_000_000)

    init() throws {
        path = "/tmp/ts-calls-\(Process.id)-\(Entropy.bytes(6).map(String.init).joined())"
        try File.makeDirectory(path, mode: 0o700)
        folder = CallsFolder(path: path)
    }

    private func switchboard() -> Switchboard {
        Switchboard(
            verifier: NoTokens(), issuer: NoServers(), signer: SecretDigest(key: [1]),
            random: KernelEntropy(), at: now)
    }

    @Test("Ruling 4: the key of seat tokens stays the same, and only its owner reads it")
    func keyStays() throws {
        let first = folder.key()
        #expect(first.key.count == 32 && first.lines.isEmpty)
        #expect(folder.key().key == first.key)
        #expect(try File.status(path + "/seat-token.key")?.mode == 0o600)
    }

    @Test("A key that is none is put aside and another made")
    func brokenKey() throws {
        try File.writeAtomically(path + "/seat-token.key", [1, 2, 3], mode: 0o600)
        let made = folder.key()
        #expect(made.key.count == 32)
        #expect(made.lines.count == 1 && made.lines[0].0 == .warning)
        #expect(try File.status(path + "/seat-token.key.unusable") != nil)
        #expect(folder.key().key == made.key)
    }

    @Test("A call is there again, once, and its file is gone then")
    func restores() throws {
        let before = switchboard()
        let made = before.perform(
            .create(.init()), by: .server("shop"), at: now)
        #expect(made.status == 201)
        #expect(folder.save(before, at: now).map(\.0) == [.info])
        #expect(try File.status(path + "/calls.state")?.mode == 0o600)
        let after = switchboard()
        #expect(folder.restore(into: after, at: now).map(\.0) == [.info])
        #expect(after.liveCallCount == 1)
        #expect(try File.status(path + "/calls.state") == nil)
        #expect(folder.restore(into: switchboard(), at: now).isEmpty)
    }

    @Test(
        "A damaged, foreign or cut file is put aside with the reason, and nothing else happens",
        arguments: ["damage", "foreign", "cut", "empty"])
    func unusable(kind: String) throws {
        let before = switchboard()
        _ = before.perform(.create(.init()), by: .server("shop"), at: now)
        var bytes = before.savedState(at: now)
        switch kind {
        case "damage": bytes[bytes.count / 2] ^= 1
        case "foreign": bytes = Array("{\"calls\":[]}".utf8)
        case "cut": bytes.removeLast(9)
        default: bytes = []
        }
        try File.writeAtomically(path + "/calls.state", bytes, mode: 0o600)
        let after = switchboard()
        let lines = folder.restore(into: after, at: now)
        #expect(lines.map(\.0) == [.warning], "\(lines)")
        #expect(after.callCount == 0)
        #expect(try File.status(path + "/calls.state") == nil)
        #expect(try File.read(path + "/calls.state.unusable", max: 1 << 20) == bytes)
    }

    @Test("A folder that cannot be written is said, and the daemon goes on")
    func noFolder() {
        let nowhere = CallsFolder(path: "/proc/turnstone-\(Process.id)")
        #expect(nowhere.key().lines.map(\.0) == [.warning])
        let before = switchboard()
        _ = before.perform(.create(.init()), by: .server("shop"), at: now)
        #expect(nowhere.save(before, at: now).map(\.0) == [.error])
    }
}

struct NoTokens: TokenVerifier {
    func claims(
        of token: String, atUnixSeconds now: UInt64
    ) throws(TokenRefusal) -> TokenClaims { throw .unknownKey }
}

struct NoServers: IceServerIssuer {
    func iceServers(for user: UserID, isGuest: Bool, at now: Now) -> IceServers? { nil }
}
