import JSON
import Signaling

/// Something that the servers of the application are to hear.
struct HookEvent: Sendable, Hashable {
    let name: CallWebhook
    /// Its `call_id` says which events keep their order among each other.
    let data: JSONObject

    init(_ name: CallWebhook, _ data: JSONObject) {
        self.name = name
        self.data = data
    }

    var call: CallID? { data["call_id"]?.string.map { CallID($0) } }
}

/// What came back, for the switchboard.
enum HookAnswer: Sendable, Hashable {
    /// Who is meant by the chat; nil: nobody may be called (ruling 15 fails closed).
    case resolved(ResolutionID, UserID?)
    /// Whether the application took over to wake the callee's telephone.
    case pushSettled(CallID, isAccepted: Bool)
}
