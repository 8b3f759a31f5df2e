extension JSONValue {
    /// The shortest JSON text of the value, at the end of `output`.
    package func write(to output: inout [UInt8]) {
        switch self {
        case .null: output += "null".utf8
        case .bool(let value): output += (value ? "true" : "false").utf8
        case .integer(let value): JSONText.write(value, to: &output)
        // A double that is no number has no JSON text (RFC 8259 §6); none is ever read.
        case .number(let value): output += (value.isFinite ? "\(value)" : "null").utf8
        case .string(let value): JSONText.write(value, to: &output)
        case .array(let values):
            output.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                value.write(to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let object): object.write(to: &output)
        }
    }

    package var bytes: [UInt8] {
        var output: [UInt8] = []
        write(to: &output)
        return output
    }
}

extension JSONObject {
    /// As `JSONValue.write`.
    package func write(to output: inout [UInt8]) {
        output.append(UInt8(ascii: "{"))
        for (index, field) in fields.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            JSONText.write(field.name, to: &output)
            output.append(UInt8(ascii: ":"))
            field.value.write(to: &output)
        }
        output.append(UInt8(ascii: "}"))
    }
}

/// Whole numbers, and strings in quotes.
package enum JSONText {
    /// Writes the digits, without a text of their own in between.
    package static func write(_ number: Int64, to output: inout [UInt8]) {
        if number < 0 { output.append(UInt8(ascii: "-")) }
        var left = number.magnitude
        var first = output.count
        repeat {
            output.append(UInt8(ascii: "0") + UInt8(left % 10))
            left /= 10
        } while left > 0
        var last = output.count - 1
        while first < last {
            output.swapAt(first, last)
            (first, last) = (first + 1, last - 1)
        }
    }

    /// Writes `text` with what RFC 8259 §7 wants escaped.
    package static func write(_ text: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        let bytes = text.utf8.span
        var start = 0
        while start < bytes.count {
            let end = plainEnd(in: bytes, from: start)
            append(bytes.extracting(start..<end), to: &output)
            if end < bytes.count { escape(bytes[end], to: &output) }
            start = end + 1
        }
        output.append(UInt8(ascii: "\""))
    }

    /// Where the first byte stands that cannot be written as it is.
    static func plainEnd(in bytes: Span<UInt8>, from start: Int) -> Int {
        var position = start
        while bytes.count &- position >= 16,
            areSixteenPlain(bytes.extracting(position..<position &+ 16))
        {
            position &+= 16
        }
        while position < bytes.count, isPlain(bytes[position]) { position &+= 1 }
        return position
    }

    /// Whether a byte stands for itself in a string, written or read.
    @inline(__always)
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// The same of all bytes, without a branch for each: sixteen of them are one vector.
    @inline(__always)
    private static func areSixteenPlain(_ bytes: Span<UInt8>) -> Bool {
        var others: UInt8 = 0
        for index in 0..<16 {
            let byte = bytes[index]
            others |=
                (byte < 0x20 ? 1 : 0) | (byte == UInt8(ascii: "\"") ? 1 : 0)
                | (byte == UInt8(ascii: "\\") ? 1 : 0)
        }
        return others == 0
    }

    /// Most of a frame are strings. Made room for first and written behind: the compiler turns
    /// that loop into a copy of the whole, and no loop that appends.
    package static func append(_ bytes: Span<UInt8>, to output: inout [UInt8]) {
        output.append(addingCapacity: bytes.count) { room in
            let count = bytes.count
            room.append(repeating: 0, count: count)
            var target = room.mutableSpan
            for index in 0..<count { target[index] = bytes[index] }
        }
    }

    private static func escape(_ byte: UInt8, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x0a: output.append(UInt8(ascii: "n"))
        case 0x0d: output.append(UInt8(ascii: "r"))
        case 0x09: output.append(UInt8(ascii: "t"))
        case 0..<0x20:
            output += "u00".utf8
            output.append(hexadecimal(byte >> 4))
            output.append(hexadecimal(byte & 0xf))
        default: output.append(byte)
        }
    }

    private static func hexadecimal(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
    }
}
