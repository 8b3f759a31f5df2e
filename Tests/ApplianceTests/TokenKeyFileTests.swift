import Admin
import Configuration
import Glibc
import LinuxIO
import Testing

@testable import Appliance

/// Keys of tokens from files, at a start and in `check`.
@Suite final class TokenKeyFileTests {
    private let folder: String

    init() throws {
        folder = "/tmp/ts-token-\(String(UInt64.random(in: 0...(.max)), radix: 36))"
        try File.makeDirectory(folder, mode: 0o700)
        try write("ed.pem", TokenVector.edDSAKey)
        try write("rsa.pem", TokenVector.rs256Key + "\n")
        try write("secret", TokenVector.secret + "\r\n\n")
        try write("weak", "0123456789abcdef")
        try write("short", "0123456789abcde\n")
        try File.writeAtomically(folder + "/binary", [0xff] + [UInt8](1...40), mode: 0o600)
        try File.writeAtomically(
            folder + "/large", [UInt8](repeating: 0x61, count: 20_000), mode: 0o600)
    }

    deinit {
        for name in (try? File.names(in: folder)) ?? [] { try? File.remove(folder + "/" + name) }
        rmdir(folder)
    }

    private func write(_ name: String, _ text: String) throws {
        try File.writeAtomically(folder + "/" + name, Array(text.utf8), mode: 0o600)
    }

    private func file(_ lines: String) throws -> ConfigurationFile {
        try write("t.conf", "realm=r\nstatic-auth-secret=\(TokenVector.secret)\n" + lines)
        return ConfigurationFile(
            try ConfigurationArguments(["-c", folder + "/t.conf"]))
    }

    @Test func filesTakeThePlaceOfPaths() throws {
        let lines = """
            token-key=a:EdDSA:ed.pem
            token-key=b:RS256:\(folder)/rsa.pem
            token-key=c:HS256:file:secret
            token-key=d:HS256:\(TokenVector.secret)
            """
        let reading = try file(lines).read()
        let keys = reading.configuration.calls.tokens.keys
        #expect(
            keys.map(\.material) == [
                .publicKey(TokenVector.edDSAKey), .publicKey(TokenVector.rs256Key + "\n"),
                .secret(TokenVector.secret), .secret(TokenVector.secret),
            ])
        #expect(keys.map(\.name) == ["a", "b", "c", "d"])
        #expect(!reading.warnings.contains { $0.contains("token-key") })
        #expect(try ConfigurationCheck.report(on: folder + "/t.conf").starts)
    }

    @Test func aShortSecretInAFileIsWarnedOf() throws {
        let reading = try file("token-key=HS256:file:weak").read()
        let warning = try #require(reading.warnings.first { $0.contains("token-key") })
        #expect(warning.contains("t.conf:3: token-key=HS256:file:weak: The secret has 16 bytes"))
        let report = try ConfigurationCheck.report(on: folder + "/t.conf")
        #expect(report.starts && report.findings.contains { $0.code == "short-secret" })
    }

    @Test(
        "A key that cannot be used stops the start, and check says the same",
        arguments: [
            ("a:EdDSA:none.pem", "No such file"), ("ES256:ed.pem", "ES256 needs a P-256 key"),
            ("EdDSA:rsa.pem", "EdDSA needs an Ed25519 key"), ("EdDSA:secret", "no public key"),
            ("HS256:file:ed.pem", "a key in PEM form"), ("HS256:file:short", "has 15 bytes"),
            ("HS256:file:binary", "not text in UTF-8"), ("RS256:large", "cannot be read"),
            ("HS256:file:none", "No such file"),
        ])
    func unusable(value: String, reason: String) throws {
        let file = try file("token-key=\(value)")
        do throws(StartFailure) {
            _ = try file.read()
            Issue.record("\(value) was accepted")
        } catch {
            #expect(error.description.contains("t.conf:3: token-key="))
            #expect(error.description.contains(reason), "\(error)")
            #expect(error.code == .notAccepted)
            #expect(!error.description.contains("0123456789"))
        }
        let report = try ConfigurationCheck.report(on: folder + "/t.conf")
        #expect(!report.starts)
        let problem = report.findings.first { $0.code == "token-key-unusable" }
        #expect(problem?.message.contains(reason) == true)
        #expect(problem?.message.hasSuffix("..") == false)
    }

    @Test("Other paths of calls begin at the file's folder too")
    func paths() throws {
        let lines = """
            token-key=HS256:file:secret
            webhook-url=https://app.example.org/
            webhook-secret=0123456789abcdef
            webhook-ca-file=ca.pem
            state-dir=state
            """
        let configuration = try file(lines).read().configuration
        #expect(configuration.calls.hooks.authorityFile == folder + "/ca.pem")
        #expect(configuration.process.stateDirectory == folder + "/state")
    }
}
