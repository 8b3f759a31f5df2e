import JSON
import Primitives

/// The counterpart of `StateEncoder`. Never traps: what does not fit is an error.
struct StateDecoder: Decoder {
    /// A value that is missing or something else than is wanted.
    struct Mismatch: Error {
        var name: String
    }

    let value: JSONValue
    let now: Now
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    static func decode<Value: Decodable>(
        _ type: Value.Type, from value: JSONValue, at now: Now
    ) throws -> Value {
        try Value(from: StateDecoder(value: value, now: now))
    }

    func container<Key: CodingKey>(
        keyedBy type: Key.Type
    ) throws -> KeyedDecodingContainer<Key> {
        guard let object = value.object else { throw Mismatch(name: "object") }
        return KeyedDecodingContainer(Keyed<Key>(object: object, now: now))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard let array = value.array else { throw Mismatch(name: "array") }
        return Unkeyed(array: array, now: now)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer {
        Single(value: value, now: now)
    }
}

extension StateDecoder {
    private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let object: JSONObject
        let now: Now
        var codingPath: [any CodingKey] { [] }
        var allKeys: [Key] { object.fields.compactMap { Key(stringValue: $0.name) } }

        func contains(_ key: Key) -> Bool { object[key.stringValue] != nil }
        func decodeNil(forKey key: Key) throws -> Bool { try need(key).isNull }

        private func need(_ key: Key) throws -> JSONValue {
            guard let value = object[key.stringValue] else {
                throw Mismatch(name: key.stringValue)
            }
            return value
        }

        func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
            try StateDecoder.decode(type, from: need(key), at: now)
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) throws -> KeyedDecodingContainer<Nested> {
            try StateDecoder(value: need(key), now: now).container(keyedBy: type)
        }

        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            try StateDecoder(value: need(key), now: now).unkeyedContainer()
        }

        func superDecoder() -> any Decoder { StateDecoder(value: .object(object), now: now) }

        func superDecoder(forKey key: Key) throws -> any Decoder {
            StateDecoder(value: try need(key), now: now)
        }
    }

    private struct Unkeyed: UnkeyedDecodingContainer {
        let array: [JSONValue]
        let now: Now
        var currentIndex = 0
        var codingPath: [any CodingKey] { [] }
        var count: Int? { array.count }
        var isAtEnd: Bool { currentIndex >= array.count }

        private mutating func take() throws -> JSONValue {
            guard !isAtEnd else { throw Mismatch(name: "element") }
            defer { currentIndex += 1 }
            return array[currentIndex]
        }

        mutating func decodeNil() throws -> Bool {
            guard !isAtEnd, array[currentIndex].isNull else { return false }
            currentIndex += 1
            return true
        }

        mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
            try StateDecoder.decode(type, from: take(), at: now)
        }

        mutating func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type
        ) throws -> KeyedDecodingContainer<Nested> {
            try StateDecoder(value: take(), now: now).container(keyedBy: type)
        }

        mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
            try StateDecoder(value: take(), now: now).unkeyedContainer()
        }

        mutating func superDecoder() throws -> any Decoder {
            StateDecoder(value: try take(), now: now)
        }
    }

    private struct Single: SingleValueDecodingContainer {
        let value: JSONValue
        let now: Now
        var codingPath: [any CodingKey] { [] }

        func decodeNil() -> Bool { value.isNull }

        func decode(_ type: Bool.Type) throws -> Bool { try need(value.bool) }
        func decode(_ type: String.Type) throws -> String { try need(value.string) }

        func decode(_ type: Double.Type) throws -> Double {
            if case .number(let number) = value { return number }
            return Double(try need(value.integer))
        }

        func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
        func decode(_ type: Int.Type) throws -> Int { try whole() }
        func decode(_ type: Int8.Type) throws -> Int8 { try whole() }
        func decode(_ type: Int16.Type) throws -> Int16 { try whole() }
        func decode(_ type: Int32.Type) throws -> Int32 { try whole() }
        func decode(_ type: Int64.Type) throws -> Int64 { try whole() }
        func decode(_ type: UInt.Type) throws -> UInt { try whole() }
        func decode(_ type: UInt8.Type) throws -> UInt8 { try whole() }
        func decode(_ type: UInt16.Type) throws -> UInt16 { try whole() }
        func decode(_ type: UInt32.Type) throws -> UInt32 { try whole() }
        func decode(_ type: UInt64.Type) throws -> UInt64 { try whole() }

        func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
            try StateDecoder.decode(type, from: value, at: now)
        }

        private func whole<Number: FixedWidthInteger>() throws -> Number {
            if let text = value.string { return try need(Number(text)) }
            return try need(value.integer.flatMap { Number(exactly: $0) })
        }

        private func need<Value>(_ value: Value?) throws -> Value {
            guard let value else { throw Mismatch(name: "\(Value.self)") }
            return value
        }
    }
}
