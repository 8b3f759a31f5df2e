package import Primitives

/// How much a finding matters.
package enum Severity: String, Sendable, Hashable, Comparable, CaseIterable {
    /// Worth knowing; nothing is wrong.
    case note
    /// Calls work, some people's may not, or not for long.
    case warning
    /// Calls fail.
    case error

    package static func < (a: Severity, b: Severity) -> Bool { a.rank < b.rank }

    private var rank: Int {
        switch self {
        case .note: 0
        case .warning: 1
        case .error: 2
        }
    }
}

/// A path by its name: `tls 192.0.2.1:5349`.
package struct PathName: Sendable, Hashable, CustomStringConvertible {
    package let transport: ProbeTransport
    package let server: TransportAddress

    package var description: String { "\(transport.rawValue) \(server)" }
}

/// Something to know about a server: what, why it matters to calls, and what mends it.
package struct Finding: Sendable, Hashable {
    /// A word that stays: for programs, tests and searches.
    package let id: String
    package var severity: Severity
    package let what: String
    package let why: String
    /// Empty for a note that asks for nothing.
    package let mend: String
    /// Where it was seen; empty when it concerns the host as a whole.
    package var paths: [PathName]

    package init(
        _ id: String, _ severity: Severity, _ what: String, why: String, mend: String,
        paths: [PathName] = []
    ) {
        self.id = id
        self.severity = severity
        self.what = what
        self.why = why
        self.mend = mend
        self.paths = paths
    }
}

/// What is to be said of the whole.
package enum Verdict: String, Sendable, Hashable {
    case ok
    case warnings
    case failed
    /// No transport to any address gives so much as an answer.
    case unusable

    /// The exit code of `turnstone probe`.
    package var exitCode: Int32 {
        switch self {
        case .ok: 0
        case .warnings: 1
        case .failed: 3
        case .unusable: 4
        }
    }
}
