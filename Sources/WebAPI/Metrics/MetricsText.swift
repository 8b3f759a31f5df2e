/// Numbers in the text format of Prometheus, version 0.0.4: a family of samples under one HELP and
/// one TYPE line each. Labels have few values that are known beforehand, so the number of series
/// is bounded; a value that never occurred is 0, so that a rate has a beginning.
struct MetricsText: Sendable {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    struct Sample: Sendable {
        /// Behind the name of the family, as histograms have it.
        var ending = ""
        var labels: [(name: String, value: String)] = []
        var value: String
    }

    private(set) var bytes: [UInt8] = []

    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ samples: [Sample]) {
        bytes +=
            "# HELP turnstone_\(name) \(help)\n# TYPE turnstone_\(name) \(kind.rawValue)\n".utf8
        for sample in samples {
            bytes += "turnstone_\(name)\(sample.ending)".utf8
            if !sample.labels.isEmpty {
                let labels = sample.labels.map { "\($0.name)=\"\($0.value)\"" }
                bytes += "{\(labels.joined(separator: ","))}".utf8
            }
            bytes += " \(sample.value)\n".utf8
        }
    }

    /// One value under a name that others have chosen.
    mutating func addForeign(_ name: String, _ kind: Kind, _ help: String, _ value: UInt64) {
        bytes += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n".utf8
        bytes += "\(name) \(value)\n".utf8
    }

    mutating func add(_ name: String, _ help: String, counter value: UInt64) {
        add(name, .counter, help, [Sample(value: String(value))])
    }

    mutating func add(_ name: String, _ help: String, gauge value: Int) {
        add(name, .gauge, help, [Sample(value: String(value))])
    }

    /// One counter for each value of a label.
    mutating func add(
        _ name: String, _ help: String, by label: String, _ counts: [(value: String, UInt64)]
    ) {
        add(
            name, .counter, help,
            counts.map { Sample(labels: [(label, $0.value)], value: String($0.1)) })
    }
}
