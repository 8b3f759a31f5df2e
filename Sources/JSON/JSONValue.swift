/// A JSON text as a value.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// A number without fraction or exponent that fits.
    case integer(Int64)
    /// Any other number.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

/// The fields of an object in the order they were written, each name once.
///
/// A list, since objects of the protocol have few fields: looking through them is faster than
/// hashing, and writing them back keeps their order.
package struct JSONObject: Hashable, Sendable {
    package struct Field: Hashable, Sendable {
        package var name: String
        package var value: JSONValue
    }

    package private(set) var fields: [Field] = []

    package init() {}

    /// With room for so many fields.
    package init(capacity: Int) { fields.reserveCapacity(capacity) }

    package subscript(name: String) -> JSONValue? {
        get {
            for index in fields.indices where fields[index].name == name {
                return fields[index].value
            }
            return nil
        }
        set {
            let index = fields.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): fields[index].value = value
            case (let index?, nil): fields.remove(at: index)
            case (nil, let value?): fields.append(Field(name: name, value: value))
            case (nil, nil): break
            }
        }
    }

    package var isEmpty: Bool { fields.isEmpty }

    /// Adds a field whose name is known to be new.
    package mutating func append(_ name: String, _ value: JSONValue) {
        fields.append(Field(name: name, value: value))
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        fields = elements.map { Field(name: $0, value: $1) }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(nilLiteral: ()) { self = .null }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        var object = JSONObject(capacity: elements.count)
        for (name, value) in elements { object.append(name, value) }
        self = .object(object)
    }
}

// What a value is taken for; nil when it is something else.
extension JSONValue {
    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    package var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
    package var isNull: Bool { self == .null }

    /// Whole numbers however they are written: `5.0` is 5 (JavaScript has one kind of number).
    package var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// A field of an object; nil when there is none, or this is no object.
    package subscript(name: String) -> JSONValue? { object?[name] }
}
