/// What a session remembers of its `rid`: digests only.
///
/// The secret changes at each resumption. The previous one stays valid until a frame comes in on
/// the socket that was told the new one, because the `welcome` that told it may have been lost
/// (ruling 3); afterwards it is only recognised, as a copy that came too late.
package struct ResumeKey: Hashable, Sendable, Codable {
    package enum Match: Hashable, Sendable {
        case valid
        /// Somebody has resumed the session since.
        case taken
        case foreign
    }

    package private(set) var current: [UInt8]
    package private(set) var previous: [UInt8]?
    package private(set) var isPreviousValid = false

    package init(_ digest: [UInt8]) { current = digest }

    package init(current: [UInt8], previous: [UInt8]?, isPreviousValid: Bool) {
        self.current = current
        self.previous = previous
        self.isPreviousValid = isPreviousValid && previous != nil
    }

    package func match(_ digest: [UInt8]) -> Match {
        if SecretComparison.areEqual(digest, current) { return .valid }
        guard let previous, SecretComparison.areEqual(digest, previous) else { return .foreign }
        return isPreviousValid ? .valid : .taken
    }

    /// After a resumption with the secret of `digest`: that one is known to the client, whichever
    /// of the two it was.
    package mutating func rotate(to new: [UInt8], from digest: [UInt8]) {
        previous = digest
        isPreviousValid = true
        current = new
    }

    /// A frame has come in: the client has its `welcome`.
    package mutating func confirm() { isPreviousValid = false }
}
