import Primitives

/// Whose a name is in demo mode, as long as one of their sessions lives.
struct GuestName: Hashable, Sendable {
    var user: UserID
    /// Only the page that took the name comes back to it, after it was loaded again.
    var device: DeviceID
}

// Guests: nobody vouches for them, so their user id is a random name. What they call themselves is
// shown to others, and in demo mode they can be called by it: by other guests only, and only while
// no user with a token has it as user id. Two guests never have one name.
extension Switchboard {
    func isFree(_ name: String, for device: DeviceID) -> Bool {
        if let holder = guestNames[Self.folded(name)] { return holder.device == device }
        return users[UserID(name)] == nil
    }

    func anonymousClaims(_ hello: ClientMessage.Hello) -> TokenClaims? {
        guard settings.allowsAnonymous else { return nil }
        let known = hello.name.flatMap { guestNames[Self.folded($0)] }
        let user = known?.user ?? UserID("guest-" + name(bytes: 9))
        return TokenClaims(user: user, expiresAt: .max, name: hello.name)
    }

    /// `name` is the user's until the last of their sessions is gone.
    func hold(_ name: String?, _ user: UserID, _ device: DeviceID) {
        guard let name else { return }
        let key = Self.folded(name)
        guestNames[key] = GuestName(user: user, device: device)
        users[user]?.guestName = key
    }

    /// Whom a guest means by `to`.
    func callee(_ to: UserID, of session: Session) -> UserID {
        guard session.isAnonymous, users[to] == nil else { return to }
        return guestNames[Self.folded(to.text)]?.user ?? to
    }

    /// Guests with names are there to be called by each other.
    func isGuestCall(_ callee: UserID, by session: Session) -> Bool {
        session.isAnonymous && settings.allowsAnonymous && users[callee]?.guestName != nil
    }

    /// Names that look the same are the same.
    private static func folded(_ name: String) -> String {
        name.split(separator: " ").joined(separator: " ").lowercased()
    }
}
