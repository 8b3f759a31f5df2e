import Configuration
import JSON
import LinuxIO
import Primitives

/// How much is written; a line below the limit is dropped.
enum LogLevel: Int, Sendable, Comparable {
    case error
    case warning
    case info
    case detail
    case debug

    static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

    init(_ level: ServerConfiguration.LogLevel) {
        self = LogLevel(rawValue: level.rawValue) ?? .info
    }

    /// The word in the line; five letters at most, so that messages line up.
    var label: String {
        switch self {
        case .error: "ERROR"
        case .warning: "WARN"
        case .info: "INFO"
        case .detail: "INFO"
        case .debug: "DEBUG"
        }
    }

    /// For programs.
    var word: String {
        switch self {
        case .error: "error"
        case .warning: "warning"
        case .info, .detail: "info"
        case .debug: "debug"
        }
    }

    /// As syslog(3) counts severities.
    var severity: Int {
        switch self {
        case .error: 3
        case .warning: 4
        case .info, .detail: 6
        case .debug: 7
        }
    }
}

/// Writes the log: one line per event, to wherever `LogSink` says. Used by the control thread only,
/// so a slow disk holds up nothing but itself.
struct LogWriter: ~Copyable {
    var limit: LogLevel
    private var format: ServerConfiguration.LogFormat
    private var sink: LogSink
    /// `log-mask-addresses`: what is said of clients and peers from `beginService` on. Before it
    /// come the server's own addresses, which are no secret.
    private var masksAddresses: Bool
    private var isServing = false

    mutating func beginService() { isServing = true }

    init(limit: LogLevel, _ settings: ServerConfiguration.LogSettings, _ sink: LogSink) {
        self.limit = limit
        format = settings.format
        masksAddresses = settings.masksAddresses
        self.sink = sink
    }

    /// Goes on elsewhere, or in another form.
    mutating func change(to settings: ServerConfiguration.LogSettings, _ sink: LogSink) {
        format = settings.format
        masksAddresses = settings.masksAddresses
        self.sink = sink
    }

    /// Lines that the sink did not take.
    var lostLines: UInt64 { sink.lostLines }

    func write(_ level: LogLevel, _ text: String) {
        guard level <= limit else { return }
        sink.write([(level, line(level, text, [:], at: Clock.now().unixSeconds))])
    }

    /// In one piece: thousands of calls begin and end in a second.
    func write(_ lines: [CallLogLine]) {
        let wanted = lines.filter { $0.level <= limit }
        guard !wanted.isEmpty else { return }
        let now = Clock.now().unixSeconds
        sink.write(wanted.map { ($0.level, line($0.level, $0.text, $0.fields, at: now)) })
    }

    /// Without its end.
    private func line(
        _ level: LogLevel, _ text: String, _ fields: @autoclosure () -> JSONObject,
        at unixSeconds: UInt64
    ) -> String {
        let text = isServing && masksAddresses ? AddressMask.mask(text) : text
        switch format {
        case .text:
            if sink.addsTime { return text }
            let time = TimeText.utc(unixSeconds: unixSeconds)
            let pad = String(repeating: " ", count: 5 - level.label.utf8.count)
            return "\(time) \(level.label)\(pad) \(text)"
        case .json:
            var object: JSONObject = [
                "time": .string(TimeText.utc(unixSeconds: unixSeconds)),
                "level": .string(level.word), "message": .string(text),
            ]
            for field in fields().fields { object.append(field.name, field.value) }
            return LogText.escaped(JSONValue.object(object).bytes)
        }
    }
}

/// Text that others have chosen, in lines of ours: nothing in it may end a line for whoever reads
/// it, or steer a terminal.
enum LogText {
    /// For people: a question mark for each character that is none to look at.
    static func printable(_ text: String) -> String {
        guard !isPlain(text.utf8) else { return text }
        var view = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { view.append(isUnsafe(scalar) ? "?" : scalar) }
        return String(view)
    }

    /// For programs: the same characters as escapes (RFC 8259 §7), so that nothing is lost. JSON
    /// has them inside of strings only.
    static func escaped(_ json: [UInt8]) -> String {
        let text = String(decoding: json, as: UTF8.self)
        guard !isPlain(json) else { return text }
        var escaped = ""
        for scalar in text.unicodeScalars {
            guard isUnsafe(scalar) else {
                escaped.unicodeScalars.append(scalar)
                continue
            }
            for unit in String(scalar).utf16 {
                let digits = String(unit, radix: 16)
                escaped += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            }
        }
        return escaped
    }

    /// Most text is: then nobody needs to look at its characters.
    private static func isPlain(_ bytes: some Sequence<UInt8>) -> Bool {
        bytes.allSatisfy { (0x20..<0x7f).contains($0) }
    }

    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: false
        }
    }
}

/// Time as text without a date library: proleptic Gregorian, UTC.
enum TimeText {
    /// `2026-01-31T23:59:59Z` (RFC 3339).
    static func utc(unixSeconds: UInt64) -> String {
        let (year, month, day) = civil(days: Int(unixSeconds / 86_400))
        let second = Int(unixSeconds % 86_400)
        return "\(year)-\(two(month))-\(two(day))T"
            + "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))Z"
    }

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

    /// Days since 1970-01-01 as a date: years are counted from March, so that the leap day comes
    /// last.
    private static func civil(days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
