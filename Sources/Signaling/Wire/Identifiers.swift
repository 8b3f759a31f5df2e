/// A name on the wire that means one kind of thing only, so that no two kinds are mixed up.
package protocol WireIdentifier: Hashable, Sendable, CustomStringConvertible,
    ExpressibleByStringLiteral, Codable
{
    var text: String { get }
    init(_ text: String)
}

extension WireIdentifier {
    package var description: String { text }
    package init(stringLiteral value: String) { self.init(value) }

    package init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// A call, chosen by the server or by the client that starts it.
package struct CallID: WireIdentifier {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// One seat of one call; never used again for another.
package struct PeerID: WireIdentifier {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// Somebody: the `sub` of a token.
package struct UserID: WireIdentifier {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// One installation of a client, as it names itself in `hello`.
package struct DeviceID: WireIdentifier {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// A session (`sid`): public, unlike the `rid` that resumes it.
package struct SessionID: WireIdentifier {
    package let text: String
    package init(_ text: String) { self.text = text }
}
