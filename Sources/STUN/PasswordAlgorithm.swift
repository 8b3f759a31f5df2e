/// How a password becomes the key of the long-term mechanism (RFC 8489 §18.5).
package enum PasswordAlgorithm: UInt16, Sendable, CaseIterable {
    case md5 = 1
    case sha256 = 2

    /// The size of the key in bytes.
    package var keyLength: Int { self == .md5 ? 16 : 32 }
}

/// The ordered choice that a server offers in PASSWORD-ALGORITHMS.
package enum PasswordAlgorithmList: Sendable, Hashable {
    case md5
    case sha256
    /// The stronger one first: clients take the first that they know (RFC 8489 §9.2.5).
    case sha256ThenMD5

    package var count: Int { self == .sha256ThenMD5 ? 2 : 1 }

    package subscript(position: Int) -> PasswordAlgorithm {
        switch self {
        case .md5: .md5
        case .sha256: .sha256
        case .sha256ThenMD5: position == 0 ? .sha256 : .md5
        }
    }
}

extension StunMessage {
    /// PASSWORD-ALGORITHM: what the client chose (RFC 8489 §14.12).
    ///
    /// A number that we do not know, or parameters, which ours never have, count as malformed:
    /// RFC 8489 §9.2.4 answers all of them with 400.
    package func passwordAlgorithm() throws(MalformedAttribute) -> PasswordAlgorithm? {
        guard let value = value(of: .passwordAlgorithm) else { return nil }
        guard value.count == 4, value.uint16(at: 2) == 0,
            let algorithm = PasswordAlgorithm(rawValue: value.uint16(at: 0))
        else { throw MalformedAttribute(.passwordAlgorithm) }
        return algorithm
    }

    /// Whether PASSWORD-ALGORITHMS repeats exactly `offered` (RFC 8489 §9.2.4: a list that was
    /// altered on its way is a bid-down attack).
    package func repeats(_ offered: PasswordAlgorithmList) -> Bool {
        guard let value = value(of: .passwordAlgorithms), value.count == 4 * offered.count else {
            return false
        }
        for position in 0..<offered.count {
            let entry = UInt32(offered[position].rawValue) << 16
            guard value.uint32(at: 4 * position) == entry else { return false }
        }
        return true
    }
}
