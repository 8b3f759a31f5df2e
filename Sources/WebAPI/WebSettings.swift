package import HTTP
package import Primitives
package import Signaling

/// What the configuration says about answers to applications.
package struct WebSettings: Sendable {
    /// Of credentials whose client asked for no other.
    package var lifetime = Seconds(43_200)
    /// Who may ask; while it is empty the endpoints do not exist.
    package var keys = APIKeyRing()
    /// Who may read `/metrics`; while it is empty there are none (ruling 14).
    package var adminTokens = APIKeyRing()
    /// What stands between expiry and user in a user name, and never in a user.
    package var separator = UInt8(ascii: ":")
    /// Pages of which origins may read answers; nil: none but our own.
    package private(set) var cors: CORSPolicy?

    /// A minute, so that nothing expires before it is used, and a day, the most that services of
    /// this kind give.
    package static let lifetimes: ClosedRange<UInt32> = 60...86_400

    package init() {}

    /// What was asked, within the bounds.
    static func bend(_ seconds: Int64) -> Seconds {
        Seconds(min(max(UInt32(clamping: seconds), lifetimes.lowerBound), lifetimes.upperBound))
    }

    /// Lets pages of these origins ask from a browser; see `CORSPolicy`.
    package mutating func allow(origins: [String]) throws(CORSPolicy.Failure) {
        guard !origins.isEmpty else {
            cors = nil
            return
        }
        var policy = try CORSPolicy(origins: origins)
        policy.methods = [.get, .head, .post, .put, .delete]
        policy.requestFields = ["authorization", "content-type", "idempotency-key"]
        policy.exposedFields = ["retry-after"]
        cors = policy
    }
}
