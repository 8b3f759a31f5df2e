import Primitives

/// A request for a WebSocket that is in order, and the answer to it (RFC 6455 §4.2).
///
/// No extension is ever agreed to: what a client offers is ignored (§9.1), so permessage-deflate
/// stays off. Who may connect (§4.2.2, Origin) is for the service to decide before.
package struct WebSocketHandshake: Hashable, Sendable {
    /// The protocol that was chosen among those the client offered, if one was.
    package let subprotocol: String?
    /// The fields of the 101 response, for `HTTPServerStateMachine.switchProtocols(_:at:)`.
    package let fields: HTTPFields

    /// Writes the 20 bytes of the SHA-1 digest of a message: this target links no hash, and
    /// `Crypto` supplies OpenSSL's, as in `{ hash.sha1($0, into: &$1) }`.
    package typealias SHA1 = (_ message: Span<UInt8>, _ digest: inout MutableSpan<UInt8>) -> Void

    /// Reads a request for a resource that is a WebSocket. `subprotocols` are those that the
    /// service speaks; of them the one is chosen that the client names first.
    package init(
        _ request: HTTPRequest, subprotocols: [String] = [], sha1: SHA1
    ) throws(WebSocketRefusal) {
        try Self.checkRequestLine(request)
        try Self.checkFields(request.fields)
        let key = try Self.key(of: request.fields)
        let offered = try Self.subprotocols(of: request.fields)
        subprotocol = offered.first { subprotocols.contains($0) }
        var fields: HTTPFields = [
            HTTPField("upgrade", "websocket"),
            HTTPField("sec-websocket-accept", Self.accept(key, sha1)),
        ]
        if let subprotocol { fields.append(HTTPField("sec-websocket-protocol", subprotocol)) }
        self.fields = fields
    }

    /// What proves that the server understood the key (RFC 6455 §4.2.2, item 5.4).
    static func accept(_ key: String, _ sha1: SHA1) -> String {
        // §1.3: the one identifier that every WebSocket server appends.
        let message = Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)
        var digest: [UInt8] = Array(repeating: 0, count: 20)
        var output = digest.mutableSpan
        sha1(message.span, &output)
        return String(decoding: Base64.encode(digest.span), as: UTF8.self)
    }

    /// RFC 6455 §4.2.1, item 1: GET and HTTP/1.1; a body would be read as frames by somebody else.
    private static func checkRequestLine(_ request: HTTPRequest) throws(WebSocketRefusal) {
        guard request.method == .get else { throw .notGet }
        guard request.minorVersion >= 1 else { throw .oldVersion }
        guard request.body.isEmpty else { throw .body }
    }

    private static func checkFields(_ fields: HTTPFields) throws(WebSocketRefusal) {
        // RFC 6455 §4.2.1, items 2 to 4.
        guard fields.values("host").count == 1 else { throw .missingHost }
        guard fields.list("upgrade", contains: "websocket") else { throw .missingUpgrade }
        guard fields.list("connection", contains: "upgrade") else { throw .missingConnection }
        // Item 6; §11.3.5: the field stands once. §4.4: any other version is told the right one.
        guard fields.values("sec-websocket-version") == ["13"] else { throw .unsupportedVersion }
    }

    /// RFC 6455 §4.2.1, item 5: 16 bytes in base 64, exactly one field (§11.3.1).
    private static func key(of fields: HTTPFields) throws(WebSocketRefusal) -> String {
        let keys = fields.values("sec-websocket-key")
        guard keys.count == 1, Base64.decode(Array(keys[0].utf8).span)?.count == 16 else {
            throw .malformedKey
        }
        return keys[0]
    }

    /// RFC 6455 §11.3.4: tokens, each once, over one or more fields.
    private static func subprotocols(
        of fields: HTTPFields
    ) throws(WebSocketRefusal) -> [String] {
        var names: [String] = []
        for value in fields.values("sec-websocket-protocol") {
            for part in value.split(separator: ",", omittingEmptySubsequences: false) {
                let name = String(part.trimmingBlanks())
                guard !name.isEmpty, name.utf8.allSatisfy(\.isToken) else {
                    throw .malformedSubprotocol
                }
                names.append(name)
            }
        }
        guard Set(names).count == names.count else { throw .malformedSubprotocol }
        return names
    }
}
