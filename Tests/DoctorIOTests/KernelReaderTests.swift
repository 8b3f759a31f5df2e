import Testing

@testable import Doctor
@testable import DoctorIO

@Suite struct KernelReaderTests {
    private func taken(_ daemon: Look<DaemonState>) -> Int? {
        KernelReader.read(relayPorts: 49_152...65_535, buffer: 65_536, daemon: daemon)
            .relayPortsTaken
    }

    /// A daemon that does not say which process it is holds its relay ports all the same.
    @Test func portsAreOthersOnlyWhereTheDaemonsAreKnown() {
        #expect(taken(.closed("admin-socket is switched off")) == nil)
        #expect(taken(.found(.silent("Connection refused"))) != nil)
        let gone = DaemonFacts(
            version: "1", ownVersion: "1", processID: .max, uptimeSeconds: 1)
        #expect(taken(.found(.answers(gone))) == nil)
    }
}
