import FoundationEssentials

/// The members of a JSON object in a request's body: texts, numbers and booleans, each known one at
/// most once, and none that is unknown.
struct BodyParameters {
    private enum Scalar: Decodable {
        case text(String)
        case number(UInt32)
        case flag(Bool)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let flag = try? container.decode(Bool.self) {
                self = .flag(flag)
            } else if let number = try? container.decode(UInt32.self) {
                self = .number(number)
            } else {
                self = .text(try container.decode(String.self))
            }
        }
    }

    private var values: [String: Scalar] = [:]

    /// An empty body is an empty object.
    init(_ body: [UInt8]) throws(AdminRefusal) {
        guard !body.isEmpty else { return }
        do {
            values = try JSONDecoder().decode([String: Scalar].self, from: Data(body))
        } catch {
            throw AdminRefusal(
                .badParameter, "the body must be a JSON object of texts, numbers and booleans")
        }
    }

    mutating func text(_ name: String) throws(AdminRefusal) -> String? {
        switch values.removeValue(forKey: name) {
        case nil: return nil
        case .text(let text): return text
        default: throw AdminRefusal(.badParameter, "\(name) must be a text")
        }
    }

    mutating func flag(_ name: String) throws(AdminRefusal) -> Bool {
        switch values.removeValue(forKey: name) {
        case nil: return false
        case .flag(let flag): return flag
        default: throw AdminRefusal(.badParameter, "\(name) must be true or false")
        }
    }

    /// A member nobody took is a misspelt one.
    func finish() throws(AdminRefusal) {
        if let name = values.keys.min() {
            throw AdminRefusal(.badParameter, "unknown member '\(name.printable)'")
        }
    }
}
