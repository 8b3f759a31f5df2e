import JSON

/// What gives a seat of one call back to whoever lost everything else (`peer_token`; rulings 4, 8).
///
/// Signed with the daemon's own key, so that a seat can be made again after a crash in which the
/// call itself was lost.
package struct SeatToken: Hashable, Sendable {
    package var call: CallID
    package var peer: PeerID
    package var user: UserID
    /// Whether the seat was given to an authenticated user, who alone may come back to it.
    package var isAuthenticated: Bool
    package var kind: CallKind
    package var role: SeatRole
    package var chat: String?
    /// Unix seconds.
    package var expiresAt: UInt64

    package init(
        call: CallID, peer: PeerID, user: UserID, isAuthenticated: Bool, kind: CallKind,
        role: SeatRole, chat: String? = nil, expiresAt: UInt64
    ) {
        self.call = call
        self.peer = peer
        self.user = user
        self.isAuthenticated = isAuthenticated
        self.kind = kind
        self.role = role
        self.chat = chat
        self.expiresAt = expiresAt
    }

    /// Tells a seat's signature from everything else that is signed with the same key.
    private static let purpose = Array("turnstone seat 1.".utf8)

    package func text(signedBy signer: any SecretSigner) -> String {
        var fields: JSONObject = [
            "c": .string(call.text), "p": .string(peer.text), "r": .string(role.rawValue),
            "e": .integer(Int64(clamping: expiresAt)), "u": .string(user.text),
            "a": .bool(isAuthenticated), "k": .string(kind.rawValue),
        ]
        if let chat { fields["h"] = .string(chat) }
        let payload = Base64URL.encode(JSONValue.object(fields).bytes)
        let mac = signer.sign(Self.purpose + Array(payload.utf8))
        return payload + "." + Base64URL.encode(mac)
    }

    /// Nil when the text is none of ours. Does not look at the expiry.
    package init?(_ text: String, signer: any SecretSigner) {
        let parts = Array(text.utf8).split(
            separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 2, let mac = Base64URL.decode(parts[1]),
            SecretComparison.areEqual(mac, signer.sign(Self.purpose + Array(parts[0]))),
            let bytes = Base64URL.decode(parts[0]),
            let fields = (try? JSONValue.parse(bytes.span))?.object,
            let call = fields["c"]?.string, let peer = fields["p"]?.string,
            let role = fields["r"]?.string.flatMap(SeatRole.init(rawValue:)),
            let user = fields["u"]?.string, let isAuthenticated = fields["a"]?.bool,
            let kind = fields["k"]?.string.flatMap(CallKind.init(rawValue:)),
            let expiry = fields["e"]?.integer, expiry >= 0
        else { return nil }
        self.init(
            call: CallID(call), peer: PeerID(peer), user: UserID(user),
            isAuthenticated: isAuthenticated, kind: kind, role: role, chat: fields["h"]?.string,
            expiresAt: UInt64(expiry))
    }
}
