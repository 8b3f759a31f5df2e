import Testing

@testable import Configuration

/// Files of the shapes people really have, against reports that were read and found true.
struct FixtureTests {
    @Test func thereAreEnough() {
        #expect(Repository.fixtureNames.count >= 15)
    }

    @Test(arguments: Repository.fixtureNames)
    func reportIsTheGoldenOne(name: String) throws {
        let path = "\(Repository.fixtures)/\(name)"
        let bytes = try Repository.bytes(path + ".conf")
        let (configuration, report) = Configuration.parse(bytes, file: name + ".conf")
        #expect(try report.text == Repository.golden(path + ".report.txt", generated: report.text))
        #expect(
            try report.json == Repository.golden(path + ".report.json", generated: report.json))
        #expect((configuration != nil) == report.starts)
    }

    /// The secrets of the fixtures, whole and in part, stand in no report.
    @Test(arguments: Repository.fixtureNames)
    func reportHoldsNoSecret(name: String) throws {
        let bytes = try Repository.bytes("\(Repository.fixtures)/\(name).conf")
        let (configuration, report) = Configuration.parse(bytes, file: name + ".conf")
        let everything = report.text + report.json + report.diagnostics(from: .note).joined()
        var secrets = ["Jx5vB2", "Qe8rN1", "$5$79a3", "9b2f07c4", "1d6f0ab9", "Zr8Kq2Vn"]
        secrets += configuration?.credentials.secrets ?? []
        for user in configuration?.credentials.users ?? [] {
            if case .password(let password) = user.key, password.count > 5 {
                secrets.append(password)
            }
        }
        for secret in secrets { #expect(!everything.contains(secret)) }
    }
}
