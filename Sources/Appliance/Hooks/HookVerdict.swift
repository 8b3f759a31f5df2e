import HTTP
import JSON
import Primitives
import Signaling

/// What a response means.
enum HookVerdict {
    /// For an event. Only 2xx is a delivery; a redirect is not followed (ruling 15) and counts as
    /// a failure, since it is for the configuration to say where events go.
    static func outcome(of response: HTTPResponse) -> HookOutcome {
        switch response.status.rawValue {
        case 200...299: .delivered(isAccepted: isAccepted(response.body))
        // Not now, or not this time: RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4.
        case 408, 425, 429: .failed(retryAfter: retryAfter(response))
        case 400...499: .refused
        default: .failed(retryAfter: retryAfter(response))
        }
    }

    /// A push was taken over unless the answer says that it was not: many servers answer 200 with
    /// nothing, or with a word for people.
    private static func isAccepted(_ body: [UInt8]) -> Bool {
        guard let answer = try? JSONValue.parse(body.span) else { return true }
        return answer["accepted"]?.bool ?? true
    }

    /// In seconds (RFC 9110 §10.2.3); a date is taken for no wish at all.
    private static func retryAfter(_ response: HTTPResponse) -> Seconds? {
        response.fields["retry-after"].flatMap { UInt32($0) }.map { Seconds($0) }
    }

    /// For a question: the callee; nil when nobody is meant. `isSaid` tells an answer from a
    /// failure, which means nobody as well (ruling 15).
    static func callee(in response: HTTPResponse) -> (callee: UserID?, isSaid: Bool) {
        if response.status == .notFound { return (nil, true) }
        guard (200...299).contains(response.status.rawValue),
            let answer = try? JSONValue.parse(response.body.span), let callee = answer["callee"]
        else { return (nil, false) }
        if callee.isNull { return (nil, true) }
        guard let name = callee.string,
            (1...HookRules.calleeBytesMax).contains(name.utf8.count)
        else { return (nil, false) }
        return (UserID(name), true)
    }
}
