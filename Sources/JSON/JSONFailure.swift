/// Why bytes are no JSON text that is taken here.
package enum JSONFailure: Error, Hashable, Sendable {
    /// No JSON; the offset is that of the byte that cannot stand there.
    case malformed(at: Int)
    /// Ends in the middle.
    case truncated
    /// A string is not UTF-8, or names half of a surrogate pair.
    case invalidText(at: Int)
    /// An object names a field twice (RFC 8259 §4 leaves open what that means).
    case duplicateField(String)
    case tooDeep(max: Int)
    case tooManyValues(max: Int)
    /// A number that no double can hold.
    case numberOutOfRange(at: Int)
}

extension JSONFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformed(let offset): "no JSON at byte \(offset)"
        case .truncated: "the JSON text ends in the middle"
        case .invalidText(let offset): "a string at byte \(offset) is not valid UTF-8"
        case .duplicateField(let name): "the field \"\(name)\" stands there twice"
        case .tooDeep(let max): "nested deeper than \(max)"
        case .tooManyValues(let max): "more than \(max) values"
        case .numberOutOfRange(let offset): "the number at byte \(offset) is too large"
        }
    }
}

/// How much a JSON text may ask for.
package struct JSONLimits: Hashable, Sendable {
    /// Arrays and objects within each other.
    package var depthMax: Int
    /// Values of all kinds; each costs memory far beyond its bytes.
    package var valuesMax: Int

    package init(depthMax: Int = 8, valuesMax: Int = 10_000) {
        self.depthMax = depthMax
        self.valuesMax = valuesMax
    }
}
