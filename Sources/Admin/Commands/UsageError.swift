/// A command line that cannot be understood: what is wrong, and what to ask for help.
package struct UsageError: Error, Hashable, Sendable {
    package let message: String
    /// The words to put before `--help`.
    let command: String

    init(_ message: String, for command: String = "") {
        self.message = message
        self.command = command
    }

    /// Both lines for standard error.
    package var text: String {
        let words = command.isEmpty ? "turnstone" : "turnstone \(command)"
        return "turnstone: \(message)\nTry '\(words) --help'."
    }
}

/// The word of `known` closest to a mistyped one, if any is close.
enum Spelling {
    static func nearest(to word: String, among known: [String]) -> String? {
        // Beyond this length it is no slip of a known word; it also bounds the work.
        guard word.utf8.count <= 32 else { return nil }
        let scored = known.map { (word: $0, distance: distance(word, $0)) }
        guard let best = scored.min(by: { $0.distance < $1.distance }),
            best.distance <= max(1, best.word.utf8.count / 3)
        else { return nil }
        return best.word
    }

    /// Insertions, deletions and replacements between two words (Levenshtein).
    private static func distance(_ a: String, _ b: String) -> Int {
        let b = Array(b.utf8)
        var row = Array(0...b.count)
        for (i, byte) in a.utf8.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let replaced = diagonal + (byte == b[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, diagonal + 1, row[j] + 1)
            }
        }
        return row[b.count]
    }
}
