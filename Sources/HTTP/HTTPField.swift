/// One field of a head: a name in lower case and its value without surrounding blanks.
package struct HTTPField: Hashable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name.lowercased()
        self.value = value
    }
}

/// The fields of a head in the order they came.
package struct HTTPFields: Hashable, Sendable, ExpressibleByArrayLiteral {
    package private(set) var all: [HTTPField] = []

    package init(arrayLiteral elements: HTTPField...) { all = elements }

    package init(_ fields: [HTTPField]) { all = fields }

    package mutating func append(_ field: HTTPField) { all.append(field) }

    package mutating func append(contentsOf fields: [HTTPField]) { all += fields }

    /// The values of every field called `name` (lower case), in order.
    package func values(_ name: String) -> [String] {
        all.filter { $0.name == name }.map(\.value)
    }

    /// The first value of `name` (lower case).
    package subscript(_ name: String) -> String? {
        all.first { $0.name == name }?.value
    }

    /// Whether the comma-separated list `name` holds `token`, in any case (RFC 9110 §5.6.1).
    package func list(_ name: String, contains token: String) -> Bool {
        values(name).contains { value in
            value.split(separator: ",").contains {
                $0.trimmingBlanks().lowercased() == token
            }
        }
    }
}

extension Substring {
    /// Without the spaces and tabs at its ends (OWS, RFC 9110 §5.6.3).
    func trimmingBlanks() -> Substring {
        var rest = drop { $0 == " " || $0 == "\t" }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return rest
    }
}
