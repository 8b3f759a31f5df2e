/// A user name of the REST scheme: an expiry and, mostly, an id.
package struct TimeLimitedName: Sendable, Hashable {
    /// Unix seconds.
    package let expires: UInt64
    /// Whom quotas count for: the id; the whole name where there is none (design ruling).
    package let quotaKey: String

    /// Reads `expiry:id`, `id:expiry` or a bare `expiry`; the first reading that fits counts, as
    /// in coturn. Nil for a name that holds no expiry.
    package init?(_ name: String, separator: UInt8) {
        let bytes = name.utf8
        guard let first = bytes.firstIndex(of: separator),
            let last = bytes.lastIndex(of: separator)
        else {
            guard let expires = Self.number(name[...]) else { return nil }
            self.expires = expires
            quotaKey = name
            return
        }
        let id: Substring
        if let expires = Self.number(name[..<first]) {
            self.expires = expires
            id = name[bytes.index(after: first)...]
        } else if let expires = Self.number(name[bytes.index(after: last)...]) {
            self.expires = expires
            id = name[..<last]
        } else {
            return nil
        }
        quotaKey = id.isEmpty ? name : String(id)
    }

    /// One to nineteen digits: what always fits 64 bits.
    private static func number(_ text: Substring) -> UInt64? {
        guard (1...19).contains(text.utf8.count),
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return UInt64(text)
    }
}
