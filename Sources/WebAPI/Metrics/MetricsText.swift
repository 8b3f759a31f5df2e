/// Numbers in the text format of Prometheus, version 0.0.4: a family of samples under one HELP and
/// one TYPE line each. Labels have few values that are known beforehand, so the number of series
/// is bounded; a value that never occurred is 0 where that can be said, so that a rate has a
/// beginning.
package struct MetricsText: Sendable {
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    package struct Sample: Sendable {
        /// Behind the name of the family, as histograms have it.
        var ending = ""
        var labels: [(name: String, value: String)] = []
        var value: String

        init(ending: String = "", labels: [(name: String, value: String)] = [], value: String) {
            self.ending = ending
            self.labels = labels
            self.value = value
        }

        package init(_ labels: [(name: String, value: String)] = [], _ value: UInt64) {
            self.init(labels: labels, value: String(value))
        }

        package init(_ labels: [(name: String, value: String)] = [], _ value: Double) {
            self.init(labels: labels, value: "\(value)")
        }
    }

    package private(set) var bytes: [UInt8] = []

    package init() {}

    /// A family of ours: its name begins with `turnstone_`.
    package mutating func add(
        _ name: String, _ kind: Kind, _ help: String, _ samples: [Sample]
    ) {
        add(foreign: "turnstone_" + name, kind, help, samples)
    }

    /// A family whose name others have given, in full.
    package mutating func add(
        foreign name: String, _ kind: Kind, _ help: String, _ samples: [Sample]
    ) {
        bytes += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n".utf8
        for sample in samples {
            bytes += "\(name)\(sample.ending)".utf8
            if !sample.labels.isEmpty {
                let labels = sample.labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }
                bytes += "{\(labels.joined(separator: ","))}".utf8
            }
            bytes += " \(sample.value)\n".utf8
        }
    }

    package mutating func add(_ name: String, _ help: String, counter value: UInt64) {
        add(name, .counter, help, [Sample(value: String(value))])
    }

    package mutating func add(_ name: String, _ help: String, gauge value: Int) {
        add(name, .gauge, help, [Sample(value: String(value))])
    }

    /// One counter for each value of a label.
    package mutating func add(
        _ name: String, _ help: String, by label: String, _ counts: [(value: String, UInt64)]
    ) {
        add(
            name, .counter, help,
            counts.map { Sample(labels: [(label, $0.value)], value: String($0.1)) })
    }

    /// What the format wants escaped in the value of a label: file names may have any of it.
    private static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x22 || $0 == 0x5c || $0 == 0x0a }) else {
            return value
        }
        var escaped = ""
        for character in value {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}

// Histograms.
extension MetricsText {
    /// `bounds` are milliseconds; `buckets` has one more, for what is above all of them, and holds
    /// in each only what is not in a smaller one.
    package mutating func add(
        _ name: String, _ help: String,
        _ histograms: [(label: (name: String, value: String)?, times: Times)]
    ) {
        var samples: [Sample] = []
        for (label, times) in histograms {
            let labels = label.map { [$0] } ?? []
            var count: UInt64 = 0
            let bounds = times.bounds.map { Self.seconds($0) } + ["+Inf"]
            for (bound, bucket) in zip(bounds, times.buckets) {
                count += bucket
                samples.append(
                    Sample(
                        ending: "_bucket", labels: labels + [("le", bound)], value: String(count)))
            }
            let sum = Self.seconds(Int64(clamping: times.sumMilliseconds))
            samples.append(Sample(ending: "_sum", labels: labels, value: sum))
            samples.append(Sample(ending: "_count", labels: labels, value: String(count)))
        }
        add(name, .histogram, help, samples)
    }

    /// Durations in buckets.
    package struct Times: Hashable, Sendable {
        package var bounds: [Int64]
        package var buckets: [UInt64]
        package var sumMilliseconds: UInt64

        package init(bounds: [Int64], buckets: [UInt64], sumMilliseconds: UInt64) {
            self.bounds = bounds
            self.buckets = buckets
            self.sumMilliseconds = sumMilliseconds
        }

        /// None yet.
        package init(bounds: [Int64]) {
            self.init(
                bounds: bounds, buckets: Array(repeating: 0, count: bounds.count + 1),
                sumMilliseconds: 0)
        }

        package mutating func add(milliseconds: Int64) {
            let bucket = bounds.firstIndex { milliseconds <= $0 } ?? bounds.count
            buckets[bucket] += 1
            sumMilliseconds += UInt64(max(milliseconds, 0))
        }
    }

    private static func seconds(_ milliseconds: Int64) -> String {
        "\(Double(milliseconds) / 1000)"
    }
}
