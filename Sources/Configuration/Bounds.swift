extension Configuration {
    /// What the file reader holds at most; a file beyond it is refused with the line that was too
    /// much.
    package enum Bounds {
        /// Bytes of a file; a list of 50,000 users is 3 MB.
        package static let fileBytes = 16 << 20
        /// Bytes of a line that coturn reads in one piece (`mainrelay.c`: fgets into 1024 bytes).
        package static let lineBytes = 1023
        /// Lines that are neither blank nor comment, and with it users and peer ranges.
        package static let lines = 100_000
        /// REST secrets: each costs an HMAC on every first request of a client.
        package static let secrets = 16
        /// Keys of applications: each costs a comparison with every request.
        package static let apiKeys = 64
        /// Keys of tokens: each of an algorithm costs one check for every token of it.
        package static let tokenKeys = 16
        /// Listening addresses, relay addresses, auxiliary servers, external addresses: each.
        package static let addresses = 64
    }
}
