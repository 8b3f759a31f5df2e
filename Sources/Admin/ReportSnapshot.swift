package import Primitives

/// The results of connection tests that were sent in, the newest first, one line of each.
package struct ReportList: Codable, Hashable, Sendable {
    package var reports: [ReportSummary]
    /// How many more came since the start; the daemon keeps the newest only.
    package var forgotten: UInt64

    package init(reports: [ReportSummary], forgotten: UInt64) {
        self.reports = reports
        self.forgotten = forgotten
    }
}

/// Who sent a report, when, and what the page concluded.
package struct ReportSummary: Codable, Hashable, Sendable {
    /// Counts up from 1 at the start of the daemon.
    package var id: UInt64
    package var ageSeconds: UInt64
    /// Nil behind a proxy that does not say whom it speaks for.
    package var client: IPAddress?
    /// Nil in a demo, where nobody says who they are.
    package var user: String?
    /// `problem`, `warning` or `good`: the worst of the findings.
    package var level: String
    /// Codes of the findings, such as `udp_blocked`, in the order of the page.
    package var findings: [String]

    package init(
        id: UInt64, ageSeconds: UInt64, client: IPAddress?, user: String?, level: String,
        findings: [String]
    ) {
        self.id = id
        self.ageSeconds = ageSeconds
        self.client = client
        self.user = user
        self.level = level
        self.findings = findings
    }
}

/// All of one report.
package struct ReportSnapshot: Codable, Hashable, Sendable {
    package var summary: ReportSummary
    package var content: ReportContent

    package init(summary: ReportSummary, content: ReportContent) {
        self.summary = summary
        self.content = content
    }
}

/// What the page of the connection test saw. Every text is a stranger's.
package struct ReportContent: Codable, Hashable, Sendable {
    package struct Finding: Codable, Hashable, Sendable {
        package var level: String
        package var code: String
        package var says: String?
        package var remedy: String?
    }

    package struct Candidate: Codable, Hashable, Sendable {
        package var type: String
        package var address: String
        package var port: Int
        package var `protocol`: String?
        package var atMs: Int
    }

    package struct Failure: Codable, Hashable, Sendable {
        package var code: Int
        package var text: String?
        package var atMs: Int
    }

    /// Two ends in one page, with the relay between them.
    package struct Relayed: Codable, Hashable, Sendable {
        package var connected: Bool
        package var connectMs: Int?
        package var rttUs: Int?
        package var kbps: Int?
        package var sent: Int?
        package var received: Int?
    }

    package struct Result: Codable, Hashable, Sendable {
        package var url: String
        package var works: Bool
        package var tookMs: Int?
        package var candidates: [Candidate]
        package var errors: [Failure]
        package var relayed: Relayed?
    }

    /// One end outside: what comes to a relay port as others come to it.
    package struct Outside: Codable, Hashable, Sendable {
        package var url: String
        package var announced: String
        package var connected: Bool
        /// Whether packets of the relay come from another address.
        package var elsewhere: Bool?
        /// Whether the announced address answers STUN.
        package var answers: Bool?
    }

    package var browser: String?
    package var clockOffsetMs: Int?
    package var findings: [Finding]
    package var results: [Result]
    package var outside: [Outside]?

    /// Reads what `POST /apiv2/reports` kept; nil only when it was kept by another version.
    package init?(keptAs json: [UInt8]) {
        guard let content = AdminJSON.decodeSnakeCase(Self.self, from: json) else { return nil }
        self = content
    }
}
