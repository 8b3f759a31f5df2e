import Primitives

extension Reader {
    /// Reads `value` into the configuration as the key's form says.
    mutating func apply(
        _ value: String, of key: Key, to entry: inout Report.Line
    ) throws(Problem) {
        switch key.form {
        case .flag(let path): configuration[keyPath: path] = try flag(value, &entry)
        case .inverseFlag(let path): configuration[keyPath: path] = try !flag(value, &entry)
        case .droppedFlag: _ = try flag(value, &entry)
        case .dropped: break
        case .port(let path):
            configuration[keyPath: path] = UInt16(try number(value, in: 0...65535, &entry))
        case .number(let path, let range):
            configuration[keyPath: path] = try number(value, in: range, &entry)
        case .seconds(let path, let range):
            // Without a value coturn takes the default (get_int_value).
            if value.isEmpty { return }
            configuration[keyPath: path] = Seconds(UInt32(try number(value, in: range, &entry)))
        case .text(let path): configuration[keyPath: path] = value
        case .optionalText(let path): configuration[keyPath: path] = value.isEmpty ? nil : value
        case .address(let path): configuration[keyPath: path] = try address(value)
        case .addresses(let path):
            try checkCount(configuration[keyPath: path].count)
            let address = try address(value)
            if address.isUnspecified {
                // The wildcard of relay-ip says no more than no line at all.
                entry.verdict = .noEffect
                entry.message = "The listening addresses are relayed from."
                return
            }
            append(address, to: path, &entry)
        case .endpoints(let path):
            try checkCount(configuration[keyPath: path].count)
            append(try endpoint(value), to: path, &entry)
        case .ranges(let path):
            let range = try range(value, of: key, &entry)
            configuration[keyPath: path].append(
                ServerConfiguration.PeerRange(range: range, source: source(of: entry)))
        case .networks(let path):
            try checkCount(configuration[keyPath: path].count)
            append(try network(value), to: path, &entry)
        case .special: try applySpecial(value, of: key, to: &entry)
        }
    }

    /// An address twice would be bound twice, which splits its clients between two sockets.
    mutating func append<Place: Equatable>(
        _ place: Place, to path: WritableKeyPath<ServerConfiguration, [Place]>,
        _ entry: inout Report.Line
    ) {
        if configuration[keyPath: path].contains(place) {
            entry.verdict = .noEffect
            entry.message = "An earlier line says the same."
        } else {
            configuration[keyPath: path].append(place)
        }
    }

    func checkCount(_ count: Int) throws(Problem) {
        guard count < Configuration.Bounds.addresses else {
            throw Problem(
                .error, "too-many",
                "This is one more than the \(Configuration.Bounds.addresses) that are read.")
        }
    }

    /// A boolean by coturn's rule. A `false` turns a line into one that says the default.
    func flag(_ value: String, _ entry: inout Report.Line) throws(Problem) -> Bool {
        guard let result = Line.boolean(value) else {
            throw .invalid(
                "`\(entry.value)` is no boolean.",
                accepted: "nothing, or yes, true, on, 1; no, false, off, 0")
        }
        if !Self.plainBooleans.contains(value.lowercased()), !Mistake.hasTrailingComment(value) {
            entry.problems.append(
                Problem(
                    .warning, "odd-boolean",
                    "Only the first character counts: `\(entry.value)` means"
                        + " \(result ? "yes" : "no").",
                    "Write yes or no."))
        }
        if !result, [.refused, .dangerous, .notYet].contains(entry.verdict) {
            entry.verdict = .honoured
            entry.message = "Switched off, which is the default."
        }
        return result
    }

    private static let plainBooleans: Set = [
        "", "0", "1", "no", "yes", "n", "y", "false", "true", "f", "t", "off", "on",
    ]

    /// A whole number. What follows the digits is dropped with a warning where coturn's atoi drops
    /// it silently, so that `3478;` and `3478 # comment` keep working.
    func number(
        _ value: String, in range: ClosedRange<Int>, _ entry: inout Report.Line
    ) throws(Problem) -> Int {
        let digits = value.utf8.prefix { (0x30...0x39).contains($0) }
        let tail = value.utf8.dropFirst(digits.count)
        let accepted = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard !digits.isEmpty, digits.count <= 18, let number = Int(String(Substring(digits)))
        else { throw .invalid("`\(entry.value)` is no number.", accepted: accepted) }
        guard let first = tail.first else { return try bounded(number, in: range, accepted) }
        guard [0x20, 0x09, UInt8(ascii: ";"), UInt8(ascii: "#")].contains(first) else {
            throw .invalid("`\(entry.value)` is no plain number.", accepted: accepted)
        }
        entry.problems.append(
            Problem(
                .warning,
                tail.contains(UInt8(ascii: "#")) ? "trailing-comment" : "text-after-number",
                "Only \(number) counts; coturn drops the rest, or for a port stops since 4.13.",
                "Delete what follows the number."))
        return try bounded(number, in: range, accepted)
    }

    private func bounded(
        _ number: Int, in range: ClosedRange<Int>, _ accepted: String
    ) throws(Problem) -> Int {
        guard range.contains(number) else {
            throw .invalid("\(number) is out of bounds.", accepted: accepted)
        }
        return number
    }

    func address(_ value: String) throws(Problem) -> IPAddress {
        guard let address = IPAddress(value) else {
            throw .invalid(
                "`\(Mistake.printable(value))` is no IP address.",
                accepted: "an IPv4 or IPv6 address, such as 192.0.2.1 or 2001:db8::1")
        }
        return address
    }

    private func endpoint(_ value: String) throws(Problem) -> TransportAddress {
        let problem = Problem.invalid(
            "`\(Mistake.printable(value))` is no address with a port.",
            accepted: "192.0.2.1:443 or [2001:db8::1]:443")
        guard let colon = value.lastIndex(of: ":") else { throw problem }
        var host = value[..<colon]
        let digits = value[value.index(after: colon)...]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw problem
        }
        guard let address = IPAddress(host), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = UInt16(digits), port > 0
        else { throw problem }
        return TransportAddress(address, port)
    }

    private func network(_ value: String) throws(Problem) -> AddressRange {
        guard let range = AddressRange(value.filter { $0 != " " && $0 != "\t" }) else {
            throw .invalid(
                "`\(Mistake.printable(value))` is no address range.",
                accepted: "192.0.2.1, 192.0.2.0-192.0.2.255 or 192.0.2.0/24")
        }
        return range
    }

    /// A line and where it stands, for messages: `FILE:LINE: KEY=VALUE`.
    func source(of entry: Report.Line) -> String {
        let place = entry.number == 0 ? "command line" : "\(report.file):\(entry.number)"
        return "\(place): \(entry.key)=\(entry.value)"
    }

    private func range(
        _ value: String, of key: Key, _ entry: inout Report.Line
    ) throws(Problem) -> AddressRange {
        // coturn allows blanks around either address.
        let range = try network(value)
        if value.contains("/") {
            entry.verdict = .mapped
            entry.message = "Read as the range \(range)."
            entry.problems.append(
                Problem(
                    .note, "cidr",
                    "coturn takes no ADDRESS/BITS: it skipped such a line before 4.11, and does"
                        + " not start since.",
                    "For use with coturn write \(key.name)=\(range)."))
        }
        return range
    }
}
