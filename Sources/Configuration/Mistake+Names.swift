extension Mistake {
    /// The key that was most likely meant: same but for case, underscores or leading hyphens, or
    /// at most two letters away. Nil when none is near.
    static func nearestKey(to text: String) -> String? {
        guard text.utf8.count <= 48 else { return nil }
        let wanted = Array(folded(text).utf8)
        guard wanted.count >= 3 else { return nil }
        let limit = min(2, wanted.count / 4)
        let letters = letters(in: wanted)
        var best: (name: String, distance: Int)?
        // One edit takes at most one letter out of the set and puts one in.
        for known in foldedNames where (known.letters ^ letters).nonzeroBitCount <= 2 * limit {
            let distance = distance(wanted, known.folded, limit: limit)
            guard distance <= limit, distance < best?.distance ?? 3 else { continue }
            best = (known.name, distance)
        }
        return best?.name
    }

    private static let foldedNames = KeyTable.keys.map { key in
        let folded = Array(folded(key.name).utf8)
        return (name: key.name, folded: folded, letters: letters(in: folded))
    }

    /// Which letters occur, in 32 bits; some share one.
    private static func letters(in name: [UInt8]) -> UInt32 {
        name.reduce(0) { $0 | 1 << UInt32($1 & 31) }
    }

    private static func folded(_ text: String) -> String {
        String(text.lowercased().map { $0 == "_" ? "-" : $0 }.drop { $0 == "-" })
    }

    /// Edit distance of two short names; anything above `limit` is `limit + 1`.
    private static func distance(_ a: [UInt8], _ b: [UInt8], limit: Int) -> Int {
        guard abs(a.count - b.count) <= limit else { return limit + 1 }
        var row = Array(0...b.count)
        for (i, byte) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in b.enumerated() {
                let substitution = diagonal + (byte == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substitution, row[j] + 1, diagonal + 1)
            }
        }
        return min(row[b.count], limit + 1)
    }

    /// An unknown key as a report may show it: a secret may have run into it, as in
    /// `static-auth-secretABC` or `user:alice:password`, so nothing after a known secret's name
    /// and nothing but the characters of a key is shown.
    static func shownName(_ name: String) -> String {
        let known = KeyTable.keys.filter {
            $0.isSecret && $0.name != "user" && name.hasPrefix($0.name)
        }
        if let longest = known.max(by: { $0.name.utf8.count < $1.name.utf8.count }),
            longest.name.utf8.count < name.utf8.count
        {
            return longest.name + "***"
        }
        let visible = name.utf8.prefix(40).prefix { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20) || byte == 0x2d
                || byte == 0x5f
        }
        let shown = String(Substring(visible))
        return shown.utf8.count == name.utf8.count ? shown : shown + "***"
    }

    /// A value fit for a terminal: no control characters, at most 200 characters.
    static func printable(_ value: String) -> String {
        let clean = value.unicodeScalars.prefix(200).map { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
                Character("\u{fffd}")
            default: Character(scalar)
            }
        }
        return String(clean) + (value.unicodeScalars.count > 200 ? "..." : "")
    }
}
