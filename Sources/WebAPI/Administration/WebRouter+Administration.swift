package import HTTP
package import Primitives
import Signaling

// What is for the holder of the admin token (calls.md 14, ruling 14).
extension WebRouter {
    /// Whether a token is configured: without one, nothing of the administration is there.
    package var hasAdministration: Bool { !settings.adminTokens.isEmpty }

    /// Whether whoever sent this holds the token. A nil client counts with all others only.
    package mutating func judge(
        _ request: HTTPRequest, from client: IPAddress?, at now: MonotonicTime
    ) -> AdminGate.Verdict {
        let (tokens, signer) = (settings.adminTokens, signer)
        return adminGate.judge(request, from: client, at: now) { key in
            tokens.name(of: key, signer: signer) != nil
        }
    }
}
