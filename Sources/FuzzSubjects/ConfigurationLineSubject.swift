import Configuration

/// The configuration file: any bytes give a report, never a trap.
final class ConfigurationLineSubject: FuzzSubject {
    func run(_ input: Span<UInt8>) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(input.count)
        for position in 0..<input.count { bytes.append(input[position]) }
        Configuration.fuzz(line: bytes)
    }
}
