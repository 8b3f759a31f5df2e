/// One `--KEY VALUE` of the command line; it counts after, and so above, what the file says.
package struct Override: Sendable, Hashable {
    package var key: String
    package var value: String

    package init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}

/// What the command line says about configuration.
package struct ConfigurationArguments: Sendable, Hashable {
    /// `-c FILE`.
    package var file: String?
    /// `-n`: read no file.
    package var readsNoFile = false
    /// In the order given.
    package var overrides: [Override] = []

    /// Reads coturn's forms `-c FILE`, `-n`, `--KEY`, `--KEY VALUE` and `--KEY=VALUE`.
    ///
    /// As with getopt a key whose value may be left out takes one only after `=`. Whether the keys
    /// exist and the values are good is for `Configuration.parse` to say.
    package init(_ arguments: [String]) throws(Problem) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "-n" {
                readsNoFile = true
            } else if argument == "-c" || argument == "--config" {
                guard let name = rest.popFirst() else { throw Self.missingValue(argument) }
                file = name
            } else if argument.hasPrefix("--"), argument.utf8.count > 2 {
                overrides.append(try Self.option(argument.dropFirst(2), &rest))
            } else {
                throw Problem(
                    .error, "bad-argument", "`\(Mistake.shownName(argument))` is no option.",
                    "Accepted: -c FILE, -n, --KEY, --KEY VALUE, --KEY=VALUE.")
            }
        }
    }

    private static func option(
        _ text: Substring, _ rest: inout ArraySlice<String>
    ) throws(Problem) -> Override {
        if let equals = text.firstIndex(of: "=") {
            let value = text[text.index(after: equals)...]
            return Override(key: String(text[..<equals]), value: String(value))
        }
        let name = String(text)
        guard let key = KeyTable.key(named: name), !key.isValueOptional else {
            return Override(key: name, value: "")
        }
        guard let value = rest.popFirst() else { throw missingValue("--" + name) }
        return Override(key: name, value: value)
    }

    private static func missingValue(_ option: String) -> Problem {
        Problem(.error, "bad-argument", "\(option) needs a value.", "Accepted: \(option) VALUE.")
    }
}
