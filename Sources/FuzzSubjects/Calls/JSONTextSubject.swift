import JSON

/// JSON: what is read is written so that it reads the same, and what is no JSON by a second
/// opinion is not read.
final class JSONTextSubject: FuzzSubject {
    private let wide = JSONLimits(depthMax: 64, valuesMax: .max)

    func run(_ input: Span<UInt8>) {
        let isGrammatical = JSONGrammar(input.count).accepts(input)
        do throws(JSONFailure) {
            let value = try JSONValue.parse(input, limits: wide)
            precondition(isGrammatical, "read, and no JSON")
            checkWriting(value)
            checkBounds(input, value)
        } catch {
            switch error {
            case .malformed(let offset):
                precondition(offset <= input.count, "a place outside of the text")
                precondition(!isGrammatical, "JSON, and not read")
            case .truncated, .invalidText: precondition(!isGrammatical, "JSON, and not read")
            case .duplicateField, .tooDeep, .numberOutOfRange: break
            case .tooManyValues: preconditionFailure("there is no such bound here")
            }
        }
    }

    private func checkWriting(_ value: JSONValue) {
        let text = value.bytes
        guard let again = try? JSONValue.parse(text.span, limits: wide) else {
            preconditionFailure("what was written is not read")
        }
        precondition(again == value, "another value")
        precondition(again.bytes == text, "another text")
    }

    /// Bounds refuse; they never change what is read.
    private func checkBounds(_ input: Span<UInt8>, _ value: JSONValue) {
        let limits = JSONLimits(depthMax: 4, valuesMax: 16)
        guard let small = try? JSONValue.parse(input, limits: limits) else { return }
        precondition(small == value, "read differently under bounds")
        precondition(Self.depth(value) <= 4 && Self.count(value) <= 16, "beyond the bounds")
    }

    private static func children(_ value: JSONValue) -> [JSONValue] {
        value.array ?? value.object?.fields.map(\.value) ?? []
    }

    private static func depth(_ value: JSONValue) -> Int {
        let isNest = value.array != nil || value.object != nil
        return (isNest ? 1 : 0) + (children(value).map(depth).max() ?? 0)
    }

    private static func count(_ value: JSONValue) -> Int {
        1 + children(value).reduce(0) { $0 + count($1) }
    }
}
