extension JSONValue {
    /// Reads a whole JSON text (RFC 8259). Never traps, whatever the bytes are; the caller bounds
    /// their number.
    package static func parse(
        _ bytes: Span<UInt8>, limits: JSONLimits = JSONLimits()
    ) throws(JSONFailure) -> JSONValue {
        var reader = JSONReader(limits: limits)
        let value = try reader.value(bytes, depth: 0)
        reader.skipSpace(bytes)
        guard reader.position == bytes.count else { throw .malformed(at: reader.position) }
        return value
    }
}

/// Where reading stands. The bytes are an argument of each step: a span cannot be kept.
private struct JSONReader {
    let limits: JSONLimits
    var position = 0
    private var values = 0

    init(limits: JSONLimits) { self.limits = limits }

    mutating func value(_ bytes: Span<UInt8>, depth: Int) throws(JSONFailure) -> JSONValue {
        skipSpace(bytes)
        values += 1
        guard values <= limits.valuesMax else { throw .tooManyValues(max: limits.valuesMax) }
        switch try peek(bytes) {
        case UInt8(ascii: "{"): return .object(try object(bytes, depth: depth + 1))
        case UInt8(ascii: "["): return .array(try array(bytes, depth: depth + 1))
        case UInt8(ascii: "\""): return .string(try string(bytes))
        case UInt8(ascii: "t"): return try word(bytes, "true", .bool(true))
        case UInt8(ascii: "f"): return try word(bytes, "false", .bool(false))
        case UInt8(ascii: "n"): return try word(bytes, "null", .null)
        default: return try number(bytes)
        }
    }

    mutating func skipSpace(_ bytes: Span<UInt8>) {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0a, 0x0d: position += 1
            default: return
            }
        }
    }

    private func peek(_ bytes: Span<UInt8>) throws(JSONFailure) -> UInt8 {
        guard position < bytes.count else { throw .truncated }
        return bytes[position]
    }

    private mutating func expect(_ byte: UInt8, _ bytes: Span<UInt8>) throws(JSONFailure) {
        guard try peek(bytes) == byte else { throw .malformed(at: position) }
        position += 1
    }

    private mutating func word(
        _ bytes: Span<UInt8>, _ text: String, _ value: JSONValue
    ) throws(JSONFailure) -> JSONValue {
        for byte in text.utf8 { try expect(byte, bytes) }
        return value
    }

    private mutating func object(
        _ bytes: Span<UInt8>, depth: Int
    ) throws(JSONFailure) -> JSONObject {
        try enter(depth)
        skipSpace(bytes)
        if try peek(bytes) == UInt8(ascii: "}") {
            position += 1
            return JSONObject()
        }
        var object = JSONObject(capacity: 4)
        while true {
            skipSpace(bytes)
            guard try peek(bytes) == UInt8(ascii: "\"") else { throw .malformed(at: position) }
            let name = try string(bytes)
            guard object[name] == nil else { throw .duplicateField(name) }
            skipSpace(bytes)
            try expect(UInt8(ascii: ":"), bytes)
            object.append(name, try value(bytes, depth: depth))
            guard try more(bytes, end: UInt8(ascii: "}")) else { return object }
        }
    }

    private mutating func array(
        _ bytes: Span<UInt8>, depth: Int
    ) throws(JSONFailure) -> [JSONValue] {
        var array: [JSONValue] = []
        try enter(depth)
        skipSpace(bytes)
        if try peek(bytes) == UInt8(ascii: "]") {
            position += 1
            return array
        }
        while true {
            array.append(try value(bytes, depth: depth))
            guard try more(bytes, end: UInt8(ascii: "]")) else { return array }
        }
    }

    private mutating func enter(_ depth: Int) throws(JSONFailure) {
        guard depth <= limits.depthMax else { throw .tooDeep(max: limits.depthMax) }
        position += 1
    }

    /// Past a comma true, past the end false.
    private mutating func more(_ bytes: Span<UInt8>, end: UInt8) throws(JSONFailure) -> Bool {
        skipSpace(bytes)
        let byte = try peek(bytes)
        guard byte == end || byte == UInt8(ascii: ",") else { throw .malformed(at: position) }
        position += 1
        return byte != end
    }
}

// Numbers and strings.
extension JSONReader {
    /// RFC 8259 §6: a sign, digits without leading zeros, a fraction, an exponent.
    private mutating func number(_ bytes: Span<UInt8>) throws(JSONFailure) -> JSONValue {
        let start = position
        _ = skip(bytes, "-", "-")
        let first = position
        try digits(bytes)
        guard position == first + 1 || bytes[first] != UInt8(ascii: "0") else {
            throw .malformed(at: first)
        }
        var isWhole = true
        if skip(bytes, ".", ".") {
            isWhole = false
            try digits(bytes)
        }
        if skip(bytes, "e", "E") {
            isWhole = false
            _ = skip(bytes, "+", "-")
            try digits(bytes)
        }
        if isWhole, let short = shortNumber(bytes.extracting(start..<position)) {
            return .integer(short)
        }
        let text = self.text(bytes, start..<position)
        if isWhole, let whole = Int64(text) { return .integer(whole) }
        guard let double = Double(text), double.isFinite else {
            throw .numberOutOfRange(at: start)
        }
        return .number(double)
    }

    /// A whole number of so few digits that it fits for certain, as nearly all of them have.
    private func shortNumber(_ digits: Span<UInt8>) -> Int64? {
        guard digits.count <= 18, digits[0] != UInt8(ascii: "-") else { return nil }
        var number: Int64 = 0
        for index in digits.indices { number = number * 10 + Int64(digits[index] &- 0x30) }
        return number
    }

    /// Past one of two bytes, if one stands there.
    private mutating func skip(
        _ bytes: Span<UInt8>, _ one: Unicode.Scalar, _ other: Unicode.Scalar
    ) -> Bool {
        guard position < bytes.count,
            bytes[position] == UInt8(ascii: one) || bytes[position] == UInt8(ascii: other)
        else { return false }
        position += 1
        return true
    }

    private mutating func digits(_ bytes: Span<UInt8>) throws(JSONFailure) {
        let start = position
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
        guard position == start else { return }
        guard position < bytes.count else { throw .truncated }
        throw .malformed(at: position)
    }

    private func text(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
        String(decoding: range.map { bytes[$0] }, as: UTF8.self)
    }

    private mutating func string(_ bytes: Span<UInt8>) throws(JSONFailure) -> String {
        let start = position
        position += 1
        let end = plainEnd(in: bytes)
        if end < bytes.count, bytes[end] == UInt8(ascii: "\"") {
            let range = position..<end
            position = end + 1
            return try text(of: bytes.extracting(range), at: start)
        }
        var content: [UInt8] = []
        while true {
            let end = plainEnd(in: bytes)
            JSONText.append(bytes.extracting(position..<end), to: &content)
            position = end
            let byte = try peek(bytes)
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return try text(of: content.span, at: start)
            case UInt8(ascii: "\\"): try escape(bytes, into: &content)
            // RFC 8259 §7: control characters only as escapes.
            default: throw .malformed(at: position - 1)
            }
        }
    }

    /// Where the first byte stands from here that is not content as it is.
    private func plainEnd(in bytes: Span<UInt8>) -> Int {
        JSONText.plainEnd(in: bytes, from: position)
    }

    private func text(of bytes: Span<UInt8>, at start: Int) throws(JSONFailure) -> String {
        do {
            return String(copying: try UTF8Span(validating: bytes))
        } catch {
            throw .invalidText(at: start)
        }
    }

    private mutating func escape(
        _ bytes: Span<UInt8>, into content: inout [UInt8]
    ) throws(JSONFailure) {
        let byte = try peek(bytes)
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0c)
        case UInt8(ascii: "n"): content.append(0x0a)
        case UInt8(ascii: "r"): content.append(0x0d)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"): content += try scalar(bytes).utf8
        default: throw .malformed(at: position - 1)
        }
    }

    /// The rest of `\uXXXX`, or of a pair of them for a character beyond 16 bits.
    private mutating func scalar(
        _ bytes: Span<UInt8>
    ) throws(JSONFailure) -> String {
        let start = position
        var number = try hexadecimal(bytes)
        if number & 0xfc00 == 0xd800 {
            try expect(UInt8(ascii: "\\"), bytes)
            try expect(UInt8(ascii: "u"), bytes)
            let low = try hexadecimal(bytes)
            guard low & 0xfc00 == 0xdc00 else { throw .invalidText(at: start) }
            number = 0x10000 + ((number & 0x3ff) << 10) + (low & 0x3ff)
        }
        guard let scalar = Unicode.Scalar(number) else { throw .invalidText(at: start) }
        return String(scalar)
    }

    private mutating func hexadecimal(_ bytes: Span<UInt8>) throws(JSONFailure) -> UInt32 {
        var number: UInt32 = 0
        for _ in 0..<4 {
            let byte = try peek(bytes)
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw .malformed(at: position)
            }
            number = number << 4 | UInt32(digit)
            position += 1
        }
        return number
    }
}
