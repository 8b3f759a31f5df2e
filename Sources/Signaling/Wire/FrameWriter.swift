import JSON

/// Writes one frame, field after field, straight into its buffer.
struct FrameWriter {
    private(set) var output: [UInt8]
    private var isFirst = true
    /// Of an answer, or of a message with one candidate, the most frequent of all.
    private static let usualBytes = 384

    /// `{"type":..,"seq":..,"data":{` behind what `output` holds.
    init(
        _ type: String, sequence: UInt64? = nil, id: Int64? = nil, behind output: consuming [UInt8]
    ) {
        self.output = output
        if self.output.isEmpty { self.output.reserveCapacity(Self.usualBytes) }
        self.output += "{\"type\":\"".utf8
        self.output += type.utf8
        self.output.append(UInt8(ascii: "\""))
        if let id {
            self.output += ",\"id\":".utf8
            JSONText.write(id, to: &self.output)
        }
        if let sequence {
            self.output += ",\"seq\":".utf8
            JSONText.write(Int64(clamping: sequence), to: &self.output)
        }
        self.output += ",\"data\":{".utf8
    }

    mutating func name(_ name: String) {
        if !isFirst { output.append(UInt8(ascii: ",")) }
        isFirst = false
        output.append(UInt8(ascii: "\""))
        output += name.utf8
        output += "\":".utf8
    }

    mutating func text(_ name: String, _ value: String?) {
        guard let value else { return }
        self.name(name)
        JSONText.write(value, to: &output)
    }

    mutating func id(_ name: String, _ value: (some WireIdentifier)?) {
        text(name, value?.text)
    }

    mutating func whole(_ name: String, _ value: Int64?) {
        guard let value else { return }
        self.name(name)
        JSONText.write(value, to: &output)
    }

    mutating func bool(_ name: String, _ value: Bool) {
        self.name(name)
        output += (value ? "true" : "false").utf8
    }

    mutating func json(_ name: String, _ value: JSONValue?) {
        guard let value else { return }
        self.name(name)
        value.write(to: &output)
    }

    /// A value that was written before.
    mutating func text(_ name: String, json: [UInt8]) {
        self.name(name)
        output += json
    }

    /// All fields of an object that stands for the whole data.
    mutating func fields(of object: JSONObject) {
        for field in object.fields {
            output.append(contentsOf: isFirst ? [] : [UInt8(ascii: ",")])
            isFirst = false
            JSONText.write(field.name, to: &output)
            output.append(UInt8(ascii: ":"))
            field.value.write(to: &output)
        }
    }

    mutating func end() { output += "}}".utf8 }
}
