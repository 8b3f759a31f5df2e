package import JSON
import Signaling

/// What the page of the connection test saw, as far as it is kept: known fields within bounds.
///
/// Every text is a stranger's, and none may be a credential: there is no field for one.
package struct ConnectionReport: Hashable, Sendable {
    /// How bad it is; the worst first.
    package enum Level: String, CaseIterable, Sendable {
        case problem, warning, good
    }

    /// Bytes of a report (ruling 14).
    static let bytesMax = 32_768
    static let findingsMax = 16
    static let resultsMax = 32
    /// Of candidates and of errors, for one address.
    static let entriesMax = 32
    static let codeBytesMax = 40
    static let addressBytesMax = 260
    static let wordsBytesMax = 600
    /// A day: more than any time that is measured here.
    static let milliseconds: ClosedRange<Int64> = 0...86_400_000
    static let counts: ClosedRange<Int64> = 0...1_000_000_000
    /// Twenty years, either way: a clock that was never set.
    static let offsets: ClosedRange<Int64> = -630_720_000_000...630_720_000_000

    /// The worst of its findings.
    package let level: Level
    /// Their codes, such as `udp_blocked`.
    package let codes: [String]
    /// The same report, rewritten from what was understood.
    package let json: JSONObject

    /// Reads the body of a request; what is not known is left out.
    init(_ fields: FieldReader) throws(FieldDefect) {
        try Self.refuseCredentials(.object(fields.object))
        var json = JSONObject()
        json["browser"] = try fields.words("browser", max: Self.wordsBytesMax)
        json["clock_offset_ms"] = try fields.number("clock_offset_ms", Self.offsets)
        let findings = try fields.list("findings", max: Self.findingsMax, Self.finding)
        json["findings"] = .array(findings)
        json["results"] = .array(try fields.list("results", max: Self.resultsMax, Self.result))
        json["outside"] = .array(try fields.list("outside", max: Self.resultsMax, Self.outside))
        self.json = json
        let levels = findings.compactMap { $0["level"]?.string.flatMap(Level.init) }
        level = Level.allCases.first { levels.contains($0) } ?? .good
        codes = findings.compactMap { $0["code"]?.string }
    }

    /// What a page would hand over that forgot to take its credentials out. It is told, so that
    /// whoever wrote it hears of it.
    private static let secrets: Set<String> = [
        "credential", "password", "username", "secret", "token", "authorization",
    ]

    private static func refuseCredentials(_ value: JSONValue) throws(FieldDefect) {
        switch value {
        case .array(let values):
            for value in values { try refuseCredentials(value) }
        case .object(let object):
            for field in object.fields {
                guard !secrets.contains(field.name.lowercased()) else {
                    throw FieldDefect("a report holds no credentials: take \(field.name) out")
                }
                try refuseCredentials(field.value)
            }
        default: break
        }
    }
}

// The parts of a report.
extension ConnectionReport {
    private static func finding(_ fields: FieldReader) throws(FieldDefect) -> JSONObject {
        guard let level = fields.value("level")?.string, Level(rawValue: level) != nil else {
            throw FieldDefect("level is none of problem, warning, good")
        }
        guard let code = try fields.plainName("code", max: codeBytesMax) else {
            throw FieldDefect("code is missing")
        }
        var json: JSONObject = ["level": .string(level), "code": .string(code)]
        json["says"] = try fields.words("says", max: wordsBytesMax)
        json["remedy"] = try fields.words("remedy", max: wordsBytesMax)
        return json
    }

    private static func result(_ fields: FieldReader) throws(FieldDefect) -> JSONObject {
        var json: JSONObject = [
            "url": try url(fields), "works": .bool(try fields.bool("works") ?? false),
        ]
        json["took_ms"] = try fields.number("took_ms", milliseconds)
        json["candidates"] = .array(try fields.list("candidates", max: entriesMax, candidate))
        json["errors"] = .array(try fields.list("errors", max: entriesMax, failure))
        if let relayed = try fields.reader("relayed") {
            json["relayed"] = .object(try self.relayed(relayed))
        }
        return json
    }

    private static func candidate(_ fields: FieldReader) throws(FieldDefect) -> JSONObject {
        var json: JSONObject = [
            "type": try fields.words("type", max: codeBytesMax) ?? "",
            "address": try fields.words("address", max: addressBytesMax) ?? "",
            "port": try fields.number("port", 0...65_535) ?? 0,
            "at_ms": try fields.number("at_ms", milliseconds) ?? 0,
        ]
        json["protocol"] = try fields.words("protocol", max: codeBytesMax)
        return json
    }

    private static func failure(_ fields: FieldReader) throws(FieldDefect) -> JSONObject {
        var json: JSONObject = [
            "code": try fields.number("code", 0...9_999) ?? 0,
            "at_ms": try fields.number("at_ms", milliseconds) ?? 0,
        ]
        json["text"] = try fields.words("text", max: wordsBytesMax)
        return json
    }

    private static func relayed(_ fields: FieldReader) throws(FieldDefect) -> JSONObject {
        var json: JSONObject = ["connected": .bool(try fields.bool("connected") ?? false)]
        for name in ["connect_ms", "rtt_us", "kbps", "sent", "received"] {
            json[name] = try fields.number(name, counts)
        }
        return json
    }

    private static func outside(_ fields: FieldReader) throws(FieldDefect) -> JSONObject {
        var json: JSONObject = [
            "url": try url(fields),
            "announced": try fields.words("announced", max: addressBytesMax) ?? "",
            "connected": .bool(try fields.bool("connected") ?? false),
        ]
        json["elsewhere"] = try fields.bool("elsewhere").map { .bool($0) }
        json["answers"] = try fields.bool("answers").map { .bool($0) }
        return json
    }

    /// A URI of RFC 7064 or RFC 7065, which have no place for a credential.
    private static func url(_ fields: FieldReader) throws(FieldDefect) -> JSONValue {
        let schemes = ["stun:", "stuns:", "turn:", "turns:"]
        guard let text = try fields.text("url", max: addressBytesMax),
            schemes.contains(where: { text.hasPrefix($0) }), !text.contains("@")
        else { throw FieldDefect("url is no stun or turn URI") }
        return .string(text)
    }
}

extension FieldReader {
    fileprivate func words(_ name: String, max: Int) throws(FieldDefect) -> JSONValue? {
        try text(name, max: max).map { .string($0) }
    }

    fileprivate func number(
        _ name: String, _ range: ClosedRange<Int64>
    ) throws(FieldDefect) -> JSONValue? {
        try integer(name, range).map { .integer($0) }
    }

    /// Objects, each rewritten by `read`; none where the field is not there.
    fileprivate func list(
        _ name: String, max: Int, _ read: (FieldReader) throws(FieldDefect) -> JSONObject
    ) throws(FieldDefect) -> [JSONValue] {
        var values: [JSONValue] = []
        for value in try array(name, max: max) ?? [] {
            guard let object = value.object else {
                throw FieldDefect("\(name) holds something that is no object")
            }
            values.append(.object(try read(FieldReader(object: object))))
        }
        return values
    }
}
