import HTTP
import JSON
import Primitives

/// One issued credential in the shapes that clients of each convention read.
struct IssueAnswer: Sendable {
    let servers: RelayAccess
    let order: IssueOrder
    let lifetime: Seconds
    let now: Now

    static func status(of endpoint: Endpoint) -> HTTPStatus {
        switch endpoint {
        case .cloudflareList, .cloudflareSingle, .twilio: .created
        default: .ok
        }
    }

    func body(for endpoint: Endpoint) -> JSONValue {
        switch endpoint {
        case .cloudflareList: ["iceServers": list]
        case .cloudflareSingle: ["iceServers": single]
        case .twilio: twilio
        case .xirsys: ["v": ["iceServers": order.isGrouped ? single : flat], "s": "ok"]
        case .iceServers:
            [
                "iceServers": list, "ttl": ttl,
                "expires_at": .integer(Int64(clamping: servers.expiresAt) * 1_000),
            ]
        default: shared
        }
    }

    private var ttl: JSONValue { .integer(Int64(lifetime.count)) }

    /// draft-uberti-behave-turn-rest-00 §2.2, and the Matrix client-server API, "voip/turnServer".
    private var shared: JSONValue {
        [
            "username": .string(servers.username), "password": .string(servers.password),
            "ttl": ttl, "uris": texts(servers.turn),
        ]
    }

    private var list: JSONValue { .array(servers.iceServers) }

    /// Everything in one entry.
    private var single: JSONValue { withCredential(["urls": texts(servers.uris)]) }

    /// One URL in each entry, under both names that it had over the years.
    private var flat: JSONValue {
        let stun = servers.stun.map { place($0) }
        let turn = servers.turn.map { withCredential(place($0).object ?? JSONObject()) }
        return .array(stun + turn)
    }

    private func place(_ uri: String) -> JSONValue { ["url": .string(uri), "urls": .string(uri)] }

    private func withCredential(_ entry: JSONObject) -> JSONValue {
        var entry = entry
        entry["username"] = .string(servers.username)
        entry["credential"] = .string(servers.password)
        return .object(entry)
    }

    private func texts(_ values: [String]) -> JSONValue { .array(values.map { .string($0) }) }

    private var twilio: JSONValue {
        // RFC 2822 §3.3 writes the zone as digits, HTTP as GMT; the rest is the same.
        let date = HTTPDate.text(secondsSince1970: now.unixSeconds).dropLast(3) + "+0000"
        return [
            "account_sid": .string(order.account), "date_created": .string(String(date)),
            "date_updated": .string(String(date)), "ice_servers": flat,
            "username": .string(servers.username), "password": .string(servers.password),
            "ttl": .string(String(lifetime.count)),
        ]
    }
}
