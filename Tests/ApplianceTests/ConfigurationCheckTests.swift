import Configuration
import Crypto
import Glibc
import LinuxIO
import Primitives
import Testing

@testable import Appliance

/// What `check` finds out about files and ciphers.
@Suite final class ConfigurationCheckTests {
    let folder: String

    init() throws {
        folder = "/tmp/ts-check-\(String(UInt64.random(in: 0...(.max)), radix: 36))"
        try File.makeDirectory(folder, mode: 0o700)
        let made = try SelfSigned.make(
            names: ["turn.example.org"], validDays: 3650, at: Clock.now().unixSeconds)
        try File.writeAtomically(folder + "/c.pem", made.certificatePEM, mode: 0o600)
        try File.writeAtomically(folder + "/k.pem", made.keyPEM, mode: 0o600)
    }

    deinit {
        for name in (try? File.names(in: folder)) ?? [] { try? File.remove(folder + "/" + name) }
        rmdir(folder)
    }

    func report(_ text: String) throws -> Report {
        let path = folder + "/turnserver.conf"
        let whole = "realm=r\nuser=me:long-enough-password\n" + text
        try File.writeAtomically(path, Array(whole.utf8), mode: 0o600)
        return try ConfigurationCheck.report(on: path)
    }

    @Test("Paths start from the file's folder; the names that are served are told")
    func good() throws {
        let report = try report("cert=c.pem\npkey=k.pem")
        #expect(report.severity == .note)
        let served = report.findings.first { $0.code == "certificate-served" }
        #expect(served?.message.contains("turn.example.org") == true)
    }

    @Test(arguments: [
        ("cert=c.pem\npkey=none.pem", "none.pem cannot be read: No such file or directory"),
        ("cert=k.pem\npkey=c.pem", "are cert and pkey swapped?"),
        ("certificate=c.pem", "holds no private key"),
    ])
    func bad(text: String, expected: String) throws {
        let report = try report(text)
        #expect(report.starts && report.severity == .warning)
        let problem = report.findings.first { $0.code == "certificate-unusable" }
        #expect(problem?.message.contains(":3: ") == true)
        #expect(problem?.message.contains(expected) == true)
    }

    @Test("Nothing is read where TLS and DTLS are off")
    func off() throws {
        #expect(try report("cert=none.pem\npkey=none.pem\nno-tls\nno-dtls").severity == .note)
    }

    @Test("A list that leaves no cipher stops the start, at its line")
    func ciphers() throws {
        let report = try report("cert=c.pem\npkey=k.pem\ncipher-list=NULL")
        #expect(!report.starts)
        #expect(report.lines.last?.problems.map(\.severity) == [.error])
        #expect(!report.findings.contains { $0.code == "certificate-unusable" })
        #expect(try self.report("cipher-list=ECDHE+AESGCM").starts)
    }

    @Test func noFile() {
        let failure = #expect(throws: ConfigurationUnreadable.self) {
            try ConfigurationCheck.report(on: self.folder + "/none.conf")
        }
        #expect(failure?.reason == "No such file or directory")
    }
}
