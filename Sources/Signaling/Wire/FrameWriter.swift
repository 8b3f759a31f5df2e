import JSON

/// Writes one frame, field after field, straight into its buffer.
struct FrameWriter {
    private(set) var output: [UInt8]
    private var isFirst = true
    /// Of what there is most: answers that say no more than yes, and messages with one candidate.
    /// Sessions keep both, so that room to spare would cost memory.
    private static let answerBytes = 96
    private static let messageBytes = 416

    /// `{"type":..,"seq":..,"data":{` behind what `output` holds.
    init(
        _ type: String, sequence: UInt64? = nil, id: Int64? = nil, behind output: consuming [UInt8]
    ) {
        self.output = output
        if self.output.isEmpty {
            self.output.reserveCapacity(sequence == nil ? Self.answerBytes : Self.messageBytes)
        }
        write("{\"type\":\"")
        write(type)
        write("\"")
        if let id {
            write(",\"id\":")
            JSONText.write(id, to: &self.output)
        }
        if let sequence {
            write(",\"seq\":")
            JSONText.write(Int64(clamping: sequence), to: &self.output)
        }
        write(",\"data\":{")
    }

    private mutating func write(_ text: String) { JSONText.append(text.utf8.span, to: &output) }

    mutating func name(_ name: String) {
        write(isFirst ? "\"" : ",\"")
        isFirst = false
        write(name)
        write("\":")
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
        write(value ? "true" : "false")
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

    mutating func end() { write("}}") }
}
