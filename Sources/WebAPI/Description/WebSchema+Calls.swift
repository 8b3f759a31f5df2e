import JSON
import Signaling

// The shapes of calls. Times are milliseconds since 1970.
extension WebSchema {
    static let statuses = JSONValue.array(CallState.Status.allCases.map { .string($0.rawValue) })

    static let endReason = words(EndReason.allCases.map(\.rawValue))

    static let participant = object(
        [
            "peer_id": text, "user_id": text, "online": flag,
            "role": words(SeatRole.allCases.map(\.rawValue)),
            "media": object(["audio": flag, "video": flag]), "reconnect_count": number,
        ], optional: ["name": text, "disconnected_at": number])

    static let call = object(callFields, optional: optionalCallFields)

    /// A server that opened a call has no seat in it.
    static let openedCall = object(
        callFields,
        optional: merged(
            optionalCallFields,
            [
                "peer_id": text, "peer_token": text, "join_url": text, "ws_url": text,
                "iceServers": list("Server"),
            ]))

    static let joinedCall = object(
        merged(
            callFields,
            [
                "peer_id": text, "peer_token": text,
                "role": words(SeatRole.allCases.map(\.rawValue)), "is_reconnect": flag,
                "peer_online": flag,
            ]),
        optional: merged(
            optionalCallFields, ["devices": number, "iceServers": list("Server")]))

    private static let callFields: JSONObject = [
        "call_id": text, "status": ["type": "string", "enum": statuses],
        "state": words(CallState.allCases.map(\.rawValue)), "version": number, "gen": number,
        "you": textOrNull, "polite": flag,
        "participants": object(["count": number, "list": list("Participant")]),
        "created_at": number, "expires_at": ["type": ["integer", "null"]],
    ]

    private static let optionalCallFields: JSONObject = [
        "chat_id": text, "end_reason": endReason,
    ]

    private static func merged(_ one: JSONObject, _ other: JSONObject) -> JSONObject {
        var all = one
        for field in other.fields { all[field.name] = field.value }
        return all
    }
}
