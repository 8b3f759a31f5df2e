/// What a reload changed, or would change.
package struct ReloadReply: Codable, Hashable, Sendable {
    /// The file that was read.
    package var file: String
    /// False when nothing was changed: a rehearsal, or a file with errors.
    package var applied: Bool
    package var changes: [Change]
    /// Why the file is not accepted, or what of it could not be served after all; else empty.
    package var errors: [String]
    package var warnings: [String]

    package init(
        file: String, applied: Bool, changes: [Change] = [], errors: [String] = [],
        warnings: [String] = []
    ) {
        self.file = file
        self.applied = applied
        self.changes = changes
        self.errors = errors
        self.warnings = warnings
    }

    /// What a change costs those who are connected.
    package enum Cost: String, Codable, Hashable, Sendable {
        /// Nobody notices; new requests go by it.
        case nothing
        /// Some allocations or permissions end; `note` says which.
        case sessions
        /// It waits for a restart; until then the old value holds.
        case restart
        /// The key does nothing here.
        case noEffect = "no-effect"
    }

    /// One key whose lines differ.
    package struct Change: Codable, Hashable, Sendable {
        package var key: String
        /// What is no longer there; secrets as `***`.
        package var removed: [String]
        /// What is new.
        package var added: [String]
        package var cost: Cost
        package var note: String?

        package init(
            key: String, removed: [String], added: [String], cost: Cost, note: String? = nil
        ) {
            self.key = key
            self.removed = removed
            self.added = added
            self.cost = cost
            self.note = note
        }
    }
}

/// The configuration in force.
package struct ConfigurationReply: Codable, Hashable, Sendable {
    /// Nil: there is none, everything stands on the command line.
    package var file: String?
    package var settings: [Setting]

    package init(file: String?, settings: [Setting]) {
        self.file = file
        self.settings = settings
    }

    /// One setting; keys that add up come several times.
    package struct Setting: Codable, Hashable, Sendable {
        package var key: String
        /// Secrets as `***`.
        package var value: String
        /// The line of the file; 0: the command line; nil: the default.
        package var line: Int?

        package init(key: String, value: String, line: Int?) {
            self.key = key
            self.value = value
            self.line = line
        }
    }
}

/// Stop taking new work, or take it again.
package struct DrainOrder: Hashable, Sendable {
    package var isOn: Bool
    /// End the process when nobody is left.
    package var stops: Bool

    package init(isOn: Bool = true, stops: Bool = false) {
        self.isOn = isOn
        self.stops = stops
    }
}

/// Where a drain stands.
package struct DrainReply: Codable, Hashable, Sendable {
    package var draining: Bool
    /// Whether the process ends when nobody is left.
    package var stops: Bool
    /// Allocations that still relay.
    package var allocations: Int
    /// Callers who are still connected.
    package var callers: Int

    package init(draining: Bool, stops: Bool, allocations: Int, callers: Int) {
        self.draining = draining
        self.stops = stops
        self.allocations = allocations
        self.callers = callers
    }
}

/// How much is logged.
package struct LogLevelReply: Codable, Hashable, Sendable {
    /// Least to most.
    package static let levels = ["error", "warning", "info", "verbose", "debug"]

    package var level: String

    package init(level: String) { self.level = level }
}
