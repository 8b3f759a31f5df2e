/// What `turnstone migrate` is asked to do.
package struct MigrationOrder: Hashable, Sendable {
    /// coturn's file; nil: where coturn looks for it.
    package var source: String?
    /// coturn's database; nil: the one that its file names, or that coturn takes by itself.
    package var database: String?
    /// The new file; nil: where the daemon looks first.
    package var target: String?
    package var isDryRun = false
    /// Whether a file at the target may be replaced.
    package var isForced = false
    package var disablesCoturn = false
}
