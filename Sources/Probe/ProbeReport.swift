package import Primitives

/// All that was found on one host.
package struct ProbeReport: Sendable {
    package let settings: ProbeSettings
    /// In the order in which they were tried.
    package var addresses: [IPAddress] = []
    /// Addresses of the name beyond the bound, which were not tried.
    package var addressesLeftOut = 0
    /// Why the name has no address; nil when it has.
    package var nameFailure: String?
    package var nameNanoseconds: UInt64 = 0
    package var paths: [PathResult] = []

    package init(settings: ProbeSettings) { self.settings = settings }
}
