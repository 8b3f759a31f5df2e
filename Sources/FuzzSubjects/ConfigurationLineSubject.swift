import Configuration

/// The configuration file: any bytes give a report, never a trap.
final class ConfigurationLineSubject: FuzzSubject {
    func run(_ input: Span<UInt8>) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(input.count)
        var sum: UInt8 = 0
        for position in 0..<input.count {
            bytes.append(input[position])
            sum &+= input[position]
        }
        let (configuration, report) = Configuration.parse(bytes, file: "fuzz")
        precondition((configuration != nil) == report.starts, "a start the report knows nothing of")
        // Drawing the report costs more than reading the file; one input in eight gets that far.
        guard sum & 7 == 0 else { return }
        precondition(!report.json.utf8.contains { $0 < 0x20 && $0 != 0x0A }, "broken JSON")
        _ = report.text
    }
}
