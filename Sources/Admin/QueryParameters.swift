import HTTP

/// The parameters of a request: each known one at most once, and none that is unknown.
struct QueryParameters {
    private var values: [String: String] = [:]

    init(_ items: [HTTPQueryItem]) throws(AdminRefusal) {
        for item in items {
            guard values.updateValue(item.value, forKey: item.name) == nil else {
                throw AdminRefusal(.badParameter, "parameter '\(item.name.printable)' twice")
            }
        }
    }

    mutating func take(_ name: String) -> String? {
        values.removeValue(forKey: name)
    }

    mutating func take<Value>(
        _ name: String, as form: String, _ read: (String) -> Value?
    ) throws(AdminRefusal) -> Value? {
        guard let text = take(name) else { return nil }
        guard let value = read(text) else {
            throw AdminRefusal(.badParameter, "\(name)='\(text.printable)' is not \(form)")
        }
        return value
    }

    mutating func number(
        _ name: String, in range: ClosedRange<Int>
    ) throws(AdminRefusal) -> Int? {
        try take(name, as: "a number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A parameter nobody took is a misspelt one: it must not silently widen what is killed.
    func finish() throws(AdminRefusal) {
        if let name = values.keys.min() {
            throw AdminRefusal(.badParameter, "unknown parameter '\(name.printable)'")
        }
    }
}
