import Signaling

/// Seat tokens: a text that this server did not sign gives no seat, and one that it signed is the
/// same seat again.
final class SeatTokenSubject: FuzzSubject {
    private let signer = TestSigner(key: 1)
    private let stranger = TestSigner(key: 2)

    func run(_ input: Span<UInt8>) {
        let bytes = input.copied
        let text = String(decoding: bytes, as: UTF8.self)
        precondition(SeatToken(text, signer: signer) == nil, "a seat for anybody")
        checkSigned(bytes)
        checkSeat(bytes, text)
    }

    /// Whatever was signed, by whichever version: no trap, and what is read is written again.
    private func checkSigned(_ payload: [UInt8]) {
        let part = Base64URL.encode(payload)
        let mac = signer.sign(Array("turnstone seat 1.".utf8) + Array(part.utf8))
        let text = part + "." + Base64URL.encode(mac)
        guard let seat = SeatToken(text, signer: signer) else { return }
        let written = seat.text(signedBy: signer)
        precondition(SeatToken(written, signer: signer) == seat, "another seat")
    }

    private func checkSeat(_ bytes: [UInt8], _ text: String) {
        let first = bytes.first ?? 0
        let seat = SeatToken(
            call: CallID(text), peer: "peer", user: UserID(String(text.reversed())),
            isAuthenticated: first & 1 == 0, kind: first & 2 == 0 ? .room : .direct,
            role: first & 4 == 0 ? .host : .guest, chat: first & 8 == 0 ? nil : text,
            expiresAt: UInt64(bytes.count) << UInt64(first & 0x2f))
        let written = seat.text(signedBy: signer)
        let read = SeatToken(written, signer: signer)
        precondition(read?.call == seat.call && read?.user == seat.user, "another seat")
        precondition(read?.chat == seat.chat && read?.role == seat.role, "another place")
        precondition(SeatToken(written, signer: stranger) == nil, "anybody's signature")
        guard !bytes.isEmpty else { return }
        // One letter changed: the alphabet of tokens has no two letters for one value.
        var letters = Array(written.utf8)
        let place = Int(first) * 31 % letters.count
        letters[place] = letters[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        let changed = String(decoding: letters, as: UTF8.self)
        precondition(SeatToken(changed, signer: signer) == nil, "a changed seat is taken")
    }
}
