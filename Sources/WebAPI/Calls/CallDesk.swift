package import HTTP
package import Primitives
package import Signaling

/// What REST needs of the signaling half: who somebody is, what they want done, tokens, numbers.
package protocol CallDesk {
    /// Who shows a token. Throws why it is not accepted.
    func claims(of token: String, at now: Now) throws(TokenRefusal) -> TokenClaims
    /// Does what a request asks; the caller has been identified, nothing else has been judged.
    func perform(_ command: APICommand, by caller: APICaller, at now: Now) -> APIResult
    /// A new token, or nil while no HS256 key is configured; see `TokenOrder.mint`.
    func mint(_ order: TokenOrder, at now: Now) -> MintedToken?
    /// Whether a page of this request's origin may act here; what no page sent may.
    func allowsOrigin(of request: HTTPRequest) -> Bool
    /// Whether people need no token: a demo.
    var takesAnonymous: Bool { get }
    /// What `/metrics` shows.
    func metrics(at now: Now) -> SignalingMetrics
}
