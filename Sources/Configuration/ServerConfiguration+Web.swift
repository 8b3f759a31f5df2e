package import Primitives

extension ServerConfiguration {
    /// What applications get over HTTP.
    package struct Web: Sendable, Equatable {
        /// Who may ask for credentials; empty: nobody, and the paths do not exist.
        package var keys: [APIKey] = []
        package var credentialsLifetime = Seconds(43_200)
        /// Origins as written, or `*`.
        package var origins: [String] = []
        /// The host in URIs; nil: the public address of each listener.
        package var publicName: String?

        package init() {}
    }

    /// An `api-key` line.
    package struct APIKey: Sendable, Equatable {
        /// What stands in logs and paths for the key; several keys may share it, for rotation.
        package var name: String
        package var key: String
    }
}
