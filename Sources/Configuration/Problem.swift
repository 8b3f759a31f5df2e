/// Something wrong or surprising about a line or a whole file, and what to do about it.
package struct Problem: Error, Sendable, Hashable {
    package var severity: Severity
    /// A stable name for programs, such as `trailing-comment`.
    package var code: String
    /// What is so, in one sentence; never holds a secret.
    package var message: String
    /// What to do; empty when nothing needs doing.
    package var advice: String

    package init(_ severity: Severity, _ code: String, _ message: String, _ advice: String = "") {
        self.severity = severity
        self.code = code
        self.message = message
        self.advice = advice
    }

    /// A value that cannot be understood; `accepted` says which form can.
    static func invalid(_ message: String, accepted: String) -> Problem {
        Problem(.error, "invalid-value", message, "Accepted: \(accepted).")
    }
}

/// How much a problem matters, least first.
package enum Severity: String, Sendable, Comparable, CaseIterable {
    /// As it should be.
    case ok
    /// Worth knowing, nothing to do.
    case note
    /// The start goes on, though not as the file's author may think.
    case warning
    /// The start stops.
    case error

    package static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }

    private var rank: Int {
        switch self {
        case .ok: 0
        case .note: 1
        case .warning: 2
        case .error: 3
        }
    }
}

extension Problem {
    static func cutLine(_ bytes: Int) -> Problem {
        Problem(
            .warning, "line-too-long",
            "The line has \(bytes) bytes; only the first \(Configuration.Bounds.lineBytes) count,"
                + " as in coturn.",
            "Shorten it: what follows is not read, and coturn takes it for a line of its own.")
    }

    static let nulByte = Problem(
        .warning, "nul-byte", "The line holds a zero byte; what follows it does not count.",
        "Save the file as plain text, in UTF-8.")

    static let semicolon = Problem(
        .warning, "semicolon",
        "The line ends with a semicolon, which counts as text here.",
        "Delete it, unless the value really ends so.")

    static let notUTF8 = Problem.invalid(
        "The value is not valid UTF-8.", accepted: "text in UTF-8 (RFC 8489 §14.3)")

    static let byteOrderMark = Problem(
        .note, "byte-order-mark",
        "The file starts with a byte order mark, which is skipped; coturn reads it into the first"
            + " key."
    )
}
