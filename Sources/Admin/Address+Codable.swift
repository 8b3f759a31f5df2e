package import Primitives

// Addresses appear in JSON as their canonical text, so that programs compare strings.

extension IPAddress: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let address = IPAddress(text) else { throw decoder.unreadable(text) }
        self = address
    }

    package func encode(to encoder: any Encoder) throws {
        try encoder.encodeText(self)
    }
}

extension TransportAddress: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let endpoint = EndpointPattern(text), let port = endpoint.port else {
            throw decoder.unreadable(text)
        }
        self.init(endpoint.ip, port)
    }

    package func encode(to encoder: any Encoder) throws {
        try encoder.encodeText(self)
    }
}

extension Decoder {
    /// A value written by its `description`.
    func decodeText<Value: LosslessStringConvertible>() throws -> Value {
        let text = try singleValueContainer().decode(String.self)
        guard let value = Value(text) else { throw unreadable(text) }
        return value
    }

    func unreadable(_ text: String) -> DecodingError {
        .dataCorrupted(
            .init(codingPath: codingPath, debugDescription: "cannot read '\(text)'"))
    }
}

extension Encoder {
    func encodeText(_ value: some CustomStringConvertible) throws {
        var container = singleValueContainer()
        try container.encode(value.description)
    }
}
