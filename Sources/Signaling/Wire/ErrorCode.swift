/// Why a request was refused, as `error` frames and REST bodies say it.
package enum ErrorCode: String, Hashable, Sendable, CaseIterable {
    case badRequest = "bad_request"
    case unauthorized
    case tokenExpired = "token_expired"
    case forbidden
    case rateLimited = "rate_limited"
    case tooLarge = "too_large"
    case unsupportedType = "unsupported_type"
    case callNotFound = "call_not_found"
    case callFull = "call_full"
    case callEnded = "call_ended"
    case badState = "bad_state"
    case notParticipant = "not_participant"
    case calleeOffline = "callee_offline"
    case busy
    case glare
    case alreadyAnswered = "already_answered"
    case duplicateCall = "duplicate_call"
    case staleGen = "stale_gen"
    case resumeFailed = "resume_failed"
    case tooManyCalls = "too_many_calls"
    case tooManyCandidates = "too_many_candidates"
    case unavailable
    case `internal`
}
