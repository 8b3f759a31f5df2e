import Crypto
import Primitives
import STUN
import TURN

/// User names of the REST scheme, as configuration and as USERNAME of a stranger.
final class RESTNameSubject: FuzzSubject {
    private let credentials: Credentials
    private let now = Now(monotonic: MonotonicTime(nanoseconds: 1), unixSeconds: 1_700_000_000)

    init() {
        var settings = CredentialSettings(realm: "example.org")
        settings.secrets = [Secret("north"), Secret("south")]
        settings.users = [StaticUser(name: "alice", password: .text(Secret("wonderland")))]
        credentials = Credentials(settings, hash: OpenSSLHash())
    }

    func run(_ input: Span<UInt8>) {
        checkName(input)
        checkUser(input)
        _ = StaticUser(line: text(input))
    }

    private func text(_ input: Span<UInt8>) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(input.count)
        for position in 0..<input.count { bytes.append(input[position]) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func checkName(_ input: Span<UInt8>) {
        let name = text(input)
        for separator in [UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "0")] {
            guard let limited = TimeLimitedName(name, separator: separator) else { continue }
            // Quotas must tell users apart: the key is the name or a part of it, never empty.
            precondition(!limited.quotaKey.isEmpty, "a user without a name")
            precondition(limited.quotaKey.utf8.count <= name.utf8.count, "a longer name")
            // Two issues for one user count for one user.
            guard separator == UInt8(ascii: ":"), limited.quotaKey != name else { continue }
            let later = TimeLimitedName("4102444800:" + limited.quotaKey, separator: separator)
            precondition(later?.quotaKey == limited.quotaKey, "another user at the next issue")
            precondition(later?.expires == 4_102_444_800, "another expiry")
        }
    }

    /// A name alone never proves anything, and the right key for it always does.
    private func checkUser(_ input: Span<UInt8>) {
        var tried = 0
        let refused = credentials.authenticate(
            username: input, algorithm: .md5, integrity: .sha1, at: now, revocations: nil
        ) { _ in
            tried += 1
            return false
        }
        if case .accepted = refused { preconditionFailure("a name without a proof was accepted") }
        precondition(tried <= 3, "more keys than there are secrets and users")
        guard tried > 0 else { return }
        let verdict = credentials.authenticate(
            username: input, algorithm: .md5, integrity: .sha1, at: now, revocations: nil
        ) { _ in true }
        switch verdict {
        case .accepted(let credential):
            precondition(credential.name.utf8.count == input.count, "another name was accepted")
        case .refused(.expired): break
        case .refused: preconditionFailure("a proven name was refused")
        }
    }
}
