import JSON

/// Turns values that are `Encodable` into JSON values. For saved state only: frames are written by
/// hand, since there time counts and here completeness does.
struct StateEncoder: Encoder {
    /// Where a container's value ends up once it is complete.
    final class Box {
        var value: JSONValue = .null
        var children: [(name: String, box: Box)] = []
        var isObject = false
        var isArray = false

        func child(_ name: String) -> Box {
            let box = Box()
            children.append((name, box))
            return box
        }

        var json: JSONValue {
            if isObject {
                var object = JSONObject()
                for child in children { object[child.name] = child.box.json }
                return .object(object)
            }
            return isArray ? .array(children.map(\.box.json)) : value
        }
    }

    let box = Box()
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    private init() {}

    static func json(_ value: some Encodable) throws -> JSONValue {
        let encoder = StateEncoder()
        try value.encode(to: encoder)
        return encoder.box.json
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        box.isObject = true
        return KeyedEncodingContainer(Keyed<Key>(box: box))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        box.isArray = true
        return Unkeyed(box: box)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { Single(box: box) }

    /// Whole numbers beyond `Int64` are written as text: JSON values cannot hold them.
    static func whole(_ value: some BinaryInteger) -> JSONValue {
        Int64(exactly: value).map { .integer($0) } ?? .string("\(value)")
    }
}

extension StateEncoder {
    private struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let box: Box
        var codingPath: [any CodingKey] { [] }

        func encodeNil(forKey key: Key) { box.child(key.stringValue).value = .null }

        func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
            box.child(key.stringValue).value = try StateEncoder.json(value)
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) -> KeyedEncodingContainer<Nested> {
            let child = box.child(key.stringValue)
            child.isObject = true
            return KeyedEncodingContainer(StateEncoder.Keyed<Nested>(box: child))
        }

        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
            let child = box.child(key.stringValue)
            child.isArray = true
            return Unkeyed(box: child)
        }

        func superEncoder() -> any Encoder { StateEncoder() }
        func superEncoder(forKey key: Key) -> any Encoder { StateEncoder() }
    }

    private struct Unkeyed: UnkeyedEncodingContainer {
        let box: Box
        var codingPath: [any CodingKey] { [] }
        var count: Int { box.children.count }

        func encodeNil() { box.child("").value = .null }

        func encode<Value: Encodable>(_ value: Value) throws {
            box.child("").value = try StateEncoder.json(value)
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type
        ) -> KeyedEncodingContainer<Nested> {
            let child = box.child("")
            child.isObject = true
            return KeyedEncodingContainer(StateEncoder.Keyed<Nested>(box: child))
        }

        func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
            let child = box.child("")
            child.isArray = true
            return Unkeyed(box: child)
        }

        func superEncoder() -> any Encoder { StateEncoder() }
    }

    private struct Single: SingleValueEncodingContainer {
        let box: Box
        var codingPath: [any CodingKey] { [] }

        func encodeNil() { box.value = .null }
        func encode(_ value: Bool) { box.value = .bool(value) }
        func encode(_ value: String) { box.value = .string(value) }
        func encode(_ value: Double) { box.value = .number(value) }
        func encode(_ value: Float) { box.value = .number(Double(value)) }
        func encode(_ value: Int) { box.value = whole(value) }
        func encode(_ value: Int8) { box.value = whole(value) }
        func encode(_ value: Int16) { box.value = whole(value) }
        func encode(_ value: Int32) { box.value = whole(value) }
        func encode(_ value: Int64) { box.value = whole(value) }
        func encode(_ value: UInt) { box.value = whole(value) }
        func encode(_ value: UInt8) { box.value = whole(value) }
        func encode(_ value: UInt16) { box.value = whole(value) }
        func encode(_ value: UInt32) { box.value = whole(value) }
        func encode(_ value: UInt64) { box.value = whole(value) }

        func encode<Value: Encodable>(_ value: Value) throws {
            box.value = try StateEncoder.json(value)
        }
    }
}
