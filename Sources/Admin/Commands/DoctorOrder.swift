/// What `turnstone doctor` was told.
package struct DoctorOrder: Hashable, Sendable {
    /// The configuration; nil: the usual place.
    package var file: String?
    /// The name clients use; nil: as configured.
    package var host: String?
    package var socket: String?
    /// Whom to compare clocks with; nil: nobody.
    package var timeServer: String?
    package var authoritiesFile: String?
    /// Of `checkNames`, each once.
    package var skipped: [String] = []
    package var json = false

    /// What it looks at, by the names of the report.
    package static let checkNames = [
        "configuration", "daemon", "ports", "listeners", "relay", "addresses", "certificates",
        "firewall", "container", "kernel", "limits", "clock",
    ]
}
