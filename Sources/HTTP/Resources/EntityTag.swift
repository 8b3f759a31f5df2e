/// Names one representation of a resource (RFC 9110 §8.8.3).
package struct EntityTag: Hashable, Sendable {
    /// Between the quotes: printable ASCII without the quote itself.
    let opaque: String
    /// Whether it only promises equivalence, not equal bytes.
    let isWeak: Bool

    /// A strong tag of `bytes`: FNV-1a of 64 bits, and their number. It tells versions of our own
    /// resources apart, for which no cryptographic hash is needed.
    package init(of bytes: [UInt8]) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        opaque = String(hash, radix: 16) + "-" + String(bytes.count, radix: 16)
        isWeak = false
    }

    /// nil when `opaque` holds a byte that a tag must not.
    package init?(opaque: String, isWeak: Bool = false) {
        guard opaque.utf8.allSatisfy({ $0.isVisible && $0 != UInt8(ascii: "\"") }) else {
            return nil
        }
        self.opaque = opaque
        self.isWeak = isWeak
    }

    /// As it is written in a field.
    package var text: String { (isWeak ? "W/\"" : "\"") + opaque + "\"" }

    /// The tag of another coding of the same content.
    func suffixed(_ suffix: String) -> EntityTag {
        EntityTag(opaque: opaque + suffix, isWeak: isWeak) ?? self
    }
}

/// What If-Match and If-None-Match name (RFC 9110 §13.1).
enum EntityTagList: Hashable, Sendable {
    case any
    case tags([EntityTag])

    /// Reads the values of all fields of one name; nil when there is none, or nothing that the
    /// grammar knows: such a condition is left aside.
    init?(_ values: [String]) {
        let text = values.joined(separator: ",")
        var rest = Array(text.utf8)[...]
        if text.utf8.filter({ !$0.isBlank }) == [UInt8(ascii: "*")] {
            self = .any
            return
        }
        var tags: [EntityTag] = []
        while true {
            // RFC 9110 §5.6.1: places of a list may be empty.
            rest = rest.drop { $0.isBlank || $0 == UInt8(ascii: ",") }
            if rest.isEmpty { break }
            guard let tag = Self.take(&rest) else { return nil }
            tags.append(tag)
            rest = rest.drop(while: \.isBlank)
            guard rest.isEmpty || rest.first == UInt8(ascii: ",") else { return nil }
        }
        guard !tags.isEmpty else { return nil }
        self = .tags(tags)
    }

    /// Whether `tag` is named, weak and strong alike (RFC 9110 §13.1.2).
    func matchesWeakly(_ tag: EntityTag) -> Bool {
        switch self {
        case .any: true
        case .tags(let tags): tags.contains { $0.opaque == tag.opaque }
        }
    }

    /// Whether `tag` is named and neither it nor its name is weak (RFC 9110 §13.1.1).
    func matchesStrongly(_ tag: EntityTag) -> Bool {
        switch self {
        case .any: true
        case .tags(let tags): !tag.isWeak && tags.contains(tag)
        }
    }

    private static func take(_ rest: inout ArraySlice<UInt8>) -> EntityTag? {
        let isWeak = rest.starts(with: "W/".utf8)
        if isWeak { rest = rest.dropFirst(2) }
        guard rest.popFirst() == UInt8(ascii: "\"") else { return nil }
        let opaque = rest.prefix { $0 != UInt8(ascii: "\"") }
        rest = rest.dropFirst(opaque.count)
        guard rest.popFirst() != nil else { return nil }
        // A tag above ASCII is none of ours, and matches none.
        return EntityTag(opaque: String(decoding: opaque, as: UTF8.self), isWeak: isWeak)
    }
}
