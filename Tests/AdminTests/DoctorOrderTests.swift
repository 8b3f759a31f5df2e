import Testing

@testable import Admin

@Suite struct DoctorOrderTests {
    private func order(_ line: String) throws -> DoctorOrder {
        guard case .doctor(let order) = try Command(line.split(separator: " ").map(String.init))
        else { throw UsageError("'\(line)' examines nothing") }
        return order
    }

    @Test func nothingIsNeeded() throws {
        #expect(try order("doctor") == DoctorOrder())
    }

    @Test func readsEachOption() throws {
        let found = try order(
            "doctor turn.example.org -c a.conf --ntp time.example.org --ca-file root.pem "
                + "--skip clock,firewall --socket /s --json")
        var wanted = DoctorOrder()
        wanted.host = "turn.example.org"
        wanted.file = "a.conf"
        wanted.timeServer = "time.example.org"
        wanted.authoritiesFile = "root.pem"
        wanted.skipped = ["clock", "firewall"]
        wanted.socket = "/s"
        wanted.json = true
        #expect(found == wanted)
    }

    @Test(arguments: [
        "doctor a b", "doctor --skip all", "doctor --skip clock,clock", "doctor --skip clock,",
        "doctor --ntp", "doctor --verbose",
    ])
    func refusesTheRest(line: String) {
        #expect(throws: UsageError.self) { try order(line) }
    }

    @Test func helpNamesEveryCheck() {
        let help = CommandHelp.text(for: ["doctor"][...])
        for name in DoctorOrder.checkNames { #expect(help.contains("  \(name) "), "\(name)") }
    }
}
