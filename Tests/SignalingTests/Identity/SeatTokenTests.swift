import Testing

@testable import Signaling

/// Not secure, but different for different bytes.
struct TestSigner: SecretSigner {
    var key: UInt64 = 1

    func digest(_ bytes: [UInt8]) -> [UInt8] { hash(bytes, 0) }
    func sign(_ bytes: [UInt8]) -> [UInt8] { hash(bytes, key) }

    private func hash(_ bytes: [UInt8], _ seed: UInt64) -> [UInt8] {
        var state = seed &* 0x9e37_79b9_7f4a_7c15 ^ 0xcbf2_9ce4_8422_2325
        for byte in bytes { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return (0..<8).map { UInt8(truncatingIfNeeded: state >> ($0 * 8)) }
    }
}

@Suite struct SeatTokenTests {
    private let seat = SeatToken(
        call: "c1", peer: "p1", user: "ann", isAuthenticated: true, kind: .direct, role: .host,
        chat: "k", expiresAt: 5000)

    @Test func aTokenReadsAsItWasWritten() {
        let text = seat.text(signedBy: TestSigner())
        #expect(SeatToken(text, signer: TestSigner()) == seat)
        var guest = seat
        guest.isAuthenticated = false
        guest.chat = nil
        #expect(SeatToken(guest.text(signedBy: TestSigner()), signer: TestSigner()) == guest)
    }

    @Test func anotherKeyOrAnotherTextIsRefused() {
        let text = seat.text(signedBy: TestSigner())
        #expect(SeatToken(text, signer: TestSigner(key: 2)) == nil)
        for index in text.utf8.indices {
            var bytes = Array(text.utf8)
            bytes[text.utf8.distance(from: text.utf8.startIndex, to: index)] ^= 1
            #expect(SeatToken(String(decoding: bytes, as: UTF8.self), signer: TestSigner()) == nil)
        }
        #expect(SeatToken("", signer: TestSigner()) == nil)
        #expect(SeatToken(".", signer: TestSigner()) == nil)
    }
}
