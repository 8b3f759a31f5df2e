/// How large things may be: lines, files, functions.
enum ShapeRules {
    static let widthMax = 100
    static let fileLinesMax = 600
    static let functionLinesMax = 70

    /// Functions that were longer than the bound when the rule came, and may only get shorter.
    /// Key: path and name. Value: lines, as measured here.
    static let functionRatchet: [String: Int] = [:]

    /// Tables of constants that may be longer than a file should be, each with its reason.
    static let longFiles: [String: String] = [:]

    struct Function: Equatable {
        let name: String
        let line: Int
        let length: Int
    }

    static func checkWidth(_ file: SourceFile) -> [Violation] {
        file.text.lines.enumerated().compactMap { number, line in
            line.count > widthMax
                ? file.violation(at: number, "\(line.count) columns, \(widthMax) is the bound")
                : nil
        }
    }

    static func checkFileLength(_ file: SourceFile) -> [Violation] {
        guard file.text.lines.count > fileLinesMax, longFiles[file.path] == nil else { return [] }
        let count = file.text.lines.count
        return [file.violation(at: count - 1, "\(count) lines, \(fileLinesMax) is the bound")]
    }

    /// A function may not pass the bound; one in the ratchet may not grow, and its entry follows
    /// it down.
    static func checkFunctions(
        _ file: SourceFile, ratchet: [String: Int] = functionRatchet
    ) -> [Violation] {
        functions(of: file).compactMap { function in
            let key = "\(file.path) \(function.name)"
            if let known = ratchet[key] {
                return function.length == known
                    ? nil
                    : file.violation(
                        at: function.line - 1,
                        "\(function.name) has \(function.length) lines, its entry says \(known)")
            }
            return function.length > functionLinesMax
                ? file.violation(
                    at: function.line - 1,
                    "\(function.name) has \(function.length) lines, over \(functionLinesMax)")
                : nil
        }
    }

    static func functions(of file: SourceFile) -> [Function] {
        var walker = FunctionWalker(file.text.code)
        return file.kind == "swift" ? walker.swiftFunctions() : walker.cFunctions()
    }
}

/// Finds functions and their closing braces by counting brackets in code without its strings.
private struct FunctionWalker {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1

    init(_ code: [String]) {
        bytes = Array(code.joined(separator: "\n").utf8)
    }

    mutating func swiftFunctions() -> [ShapeRules.Function] {
        var found: [ShapeRules.Function] = []
        while position < bytes.count {
            let start = position
            let word = takeWord()
            if word.isEmpty {
                step()
                continue
            }
            let dotted = start > 0 && bytes[start - 1] == UInt8(ascii: ".")
            guard !dotted, Self.declares(word, next: peek()) else { continue }
            let first = line
            skipBlanks()
            let name = word == "func" ? takeName() : word
            let resume = (position, line)
            if let last = endOfBody() {
                found.append(.init(name: name, line: first, length: last - first + 1))
            }
            (position, line) = resume
        }
        return found
    }

    /// A block at brace depth 0 whose head has a parameter list.
    mutating func cFunctions() -> [ShapeRules.Function] {
        var found: [ShapeRules.Function] = []
        var head = ""
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "{") {
                let first = line
                let open = head.split(separator: "(").first ?? ""
                let name = open.split(whereSeparator: { " *\n".contains($0) }).last ?? ""
                let last = closingLine()
                if head.contains("(") {
                    found.append(.init(name: String(name), line: first, length: last - first + 1))
                }
                head = ""
            } else {
                head = byte == UInt8(ascii: ";") ? "" : head + String(UnicodeScalar(byte))
                step()
            }
        }
        return found
    }

    private static func declares(_ word: String, next: UInt8) -> Bool {
        switch word {
        case "func": next == UInt8(ascii: " ")
        case "init", "subscript": [UInt8](Array("(<?".utf8)).contains(next)
        case "deinit": next == UInt8(ascii: " ")
        default: false
        }
    }

    /// The line of the brace that closes the body which starts after here; nil without a body.
    private mutating func endOfBody() -> Int? {
        var depth = 0
        while position < bytes.count {
            let byte = bytes[position]
            if depth == 0, byte == UInt8(ascii: "{") { return closingLine() }
            if depth == 0, byte == UInt8(ascii: "}") { return nil }
            if depth == 0, byte == UInt8(ascii: "\n") {
                step()
                skipBlanks()
                if startsDeclaration() { return nil }
                continue
            }
            if byte == UInt8(ascii: "(") || byte == UInt8(ascii: "[") { depth += 1 }
            if byte == UInt8(ascii: ")") || byte == UInt8(ascii: "]") { depth -= 1 }
            step()
        }
        return nil
    }

    /// A protocol requirement ends where the next declaration begins.
    private func startsDeclaration() -> Bool {
        var end = position
        while end < bytes.count, Self.isWord(bytes[end]) { end += 1 }
        let word = String(decoding: bytes[position..<end], as: UTF8.self)
        let words: Set<String> = [
            "func", "var", "let", "init", "static", "mutating", "package", "private", "case",
            "associatedtype", "subscript", "struct", "enum", "class",
        ]
        return words.contains(word)
    }

    /// From an opening brace to just behind its closing one; the line of the latter.
    private mutating func closingLine() -> Int {
        var depth = 0
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "{") { depth += 1 }
            if bytes[position] == UInt8(ascii: "}") { depth -= 1 }
            if depth == 0 {
                step()
                return line
            }
            step()
        }
        return line
    }

    private mutating func step() {
        if bytes[position] == UInt8(ascii: "\n") { line += 1 }
        position += 1
    }

    private mutating func skipBlanks() {
        while position < bytes.count, bytes[position] == UInt8(ascii: " ") { step() }
    }

    private mutating func takeWord() -> String {
        let start = position
        while position < bytes.count, Self.isWord(bytes[position]) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// A name or an operator, up to its parameters.
    private mutating func takeName() -> String {
        let start = position
        while position < bytes.count, !Array("( \n".utf8).contains(bytes[position]) {
            position += 1
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private func peek() -> UInt8 { position < bytes.count ? bytes[position] : 0 }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
