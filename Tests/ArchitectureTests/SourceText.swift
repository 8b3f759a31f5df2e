/// One source file, split into what the compiler reads and what people read.
///
/// Rules look for words. A word inside a string or a comment means something else than the same
/// word in code, so both are kept apart here, line by line and column by column.
struct SourceText {
    /// The lines as written.
    let lines: [String]
    /// The same lines with comments and the contents of string literals blanked out.
    let code: [String]
    /// The same lines with everything but comments blanked out.
    let comments: [String]

    init(_ text: String) {
        var scanner = SourceScanner(bytes: Array(text.utf8))
        scanner.scan()
        lines = Self.split(scanner.bytes)
        code = Self.split(scanner.code)
        comments = Self.split(scanner.comments)
    }

    private static func split(_ bytes: [UInt8]) -> [String] {
        var parts = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if parts.last?.isEmpty == true { parts.removeLast() }
        return parts.map { String(decoding: $0, as: UTF8.self) }
    }
}

/// Walks over Swift or C text once and sorts every byte into code, comment or string.
private struct SourceScanner {
    let bytes: [UInt8]
    var code: [UInt8]
    var comments: [UInt8]
    private var position = 0

    private enum Kind { case code, comment, string }

    init(bytes: [UInt8]) {
        self.bytes = bytes
        code = bytes
        comments = bytes
    }

    mutating func scan() { scanCode(untilClosingParenthesis: false) }

    private mutating func scanCode(untilClosingParenthesis: Bool) {
        var depth = 0
        while position < bytes.count {
            let byte = bytes[position]
            // Most bytes open nothing: looking at them once keeps the walk quick.
            guard byte < UInt8(ascii: "0") else {
                take(.code)
                continue
            }
            if starts(with: "//") {
                while position < bytes.count, bytes[position] != UInt8(ascii: "\n") {
                    take(.comment)
                }
            } else if starts(with: "/*") {
                scanBlockComment()
            } else if starts(with: "'\"'") {
                for _ in 0..<3 { take(.string) }
            } else if let hashes = stringOpening() {
                scanString(hashes: hashes)
            } else {
                if byte == UInt8(ascii: "(") { depth += 1 }
                if byte == UInt8(ascii: ")") { depth -= 1 }
                take(.code)
                if untilClosingParenthesis, depth < 0 { return }
            }
        }
    }

    private mutating func scanBlockComment() {
        var depth = 0
        repeat {
            if starts(with: "/*") {
                depth += 1
                take(.comment)
            } else if starts(with: "*/") {
                depth -= 1
                take(.comment)
            }
            take(.comment)
        } while depth > 0 && position < bytes.count
    }

    /// The number of `#` before the quote when a string literal starts here.
    private func stringOpening() -> Int? {
        var end = position
        while end < bytes.count, bytes[end] == UInt8(ascii: "#") { end += 1 }
        guard end < bytes.count, bytes[end] == UInt8(ascii: "\"") else { return nil }
        return end - position
    }

    private mutating func scanString(hashes: Int) {
        let marks = String(repeating: "#", count: hashes)
        for _ in 0..<hashes { take(.string) }
        let quote = starts(with: "\"\"\"") ? "\"\"\"" : "\""
        for _ in 0..<quote.utf8.count { take(.code) }
        while position < bytes.count {
            if starts(with: quote + marks) {
                for _ in 0..<quote.utf8.count { take(.code) }
                for _ in 0..<hashes { take(.string) }
                return
            }
            if starts(with: "\\" + marks + "(") {
                for _ in 0..<(hashes + 2) { take(.string) }
                scanCode(untilClosingParenthesis: true)
            } else if starts(with: "\\" + marks) {
                for _ in 0..<(hashes + 2) { take(.string) }
            } else if quote.utf8.count == 1, bytes[position] == UInt8(ascii: "\n") {
                return
            } else {
                take(.string)
            }
        }
    }

    private func starts(with text: String) -> Bool {
        bytes[position] == text.utf8.first && bytes[position...].starts(with: text.utf8)
    }

    /// Moves on by one byte, which stays visible in the text of its kind only.
    private mutating func take(_ kind: Kind) {
        guard position < bytes.count else { return }
        let blank = UInt8(ascii: " ")
        if bytes[position] != UInt8(ascii: "\n") {
            if kind != .code { code[position] = blank }
            if kind != .comment { comments[position] = blank }
        }
        position += 1
    }
}
