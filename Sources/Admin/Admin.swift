// Admin: what the daemon shows of itself, and what may be asked of it.
//
// Owns: the snapshot values, their JSON (schema `AdminSchema.version`), the tables for people, the
// routes of the admin socket, and the grammar of the command line.
// Never: opens a socket, reads a clock, prints, or holds a secret longer than one reply.
//
//   bytes -> HTTP.HTTPConnection -> AdminRouter -> AdminRequest -> AdminService (Appliance)
//   bytes <- HTTP.HTTPConnection <- AdminJSON   <- AdminReply   <-
//
// The same values come back to the command line, which draws them (`Table`) or passes them on.

/// The version of the JSON the admin socket speaks, also the first segment of its paths (`/v1`).
///
/// Adding a member keeps the number; removing one or changing its meaning raises it.
package enum AdminSchema {
    package static let version = 1
}

/// The version of this program.
package enum TurnstoneVersion {
    package static let current = "0.1.0"
}
