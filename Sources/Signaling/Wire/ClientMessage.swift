package import JSON

/// What a client says. Payloads are checked: lengths, types and ranges are those of `WireLimits`.
package enum ClientMessage: Hashable, Sendable {
    case hello(Hello)
    case initiate(Initiate)
    case join(Join)
    /// This device alerts its user.
    case ringing(CallID)
    case answer(CallID, SessionDescription)
    case reject(CallID, RejectReason, RejectScope)
    case end(CallID, HangupReason)
    /// Gives the seat of a room back; the call goes on (calls.md, ruling 17).
    case leave(CallID)
    case description(CallID, generation: UInt32?, SessionDescription)
    case iceCandidates(CallID, generation: UInt32?, [Candidate])
    case connected(CallID, ConnectionReport)
    case media(CallID, Media)
    /// Words of the application, relayed to the other seat untouched.
    case appMessage(CallID, JSONValue)
    case iceRefresh
    case presenceWatch([UserID])
    case authRefresh(token: String)
    case pong(sentMilliseconds: Int64?)
    /// Nothing but the `ack` of its frame.
    case ack
    case bye
}

extension ClientMessage {
    package struct Hello: Hashable, Sendable {
        package struct Client: Hashable, Sendable {
            package var name: String?
            package var version: String?
            package var platform: String?
        }

        package struct Resume: Hashable, Sendable {
            package var session: SessionID
            package var secret: String
            package var epoch: String
            package var lastSequence: UInt64
        }

        /// Nil when it came with the handshake.
        package var token: String?
        package var device: DeviceID
        package var client: Client
        package var capabilities: [String]
        /// What somebody without a token wants to be called; a token says it for others.
        package var name: String?
        package var resume: Resume?
    }

    package struct Initiate: Hashable, Sendable {
        package var to: UserID?
        package var chat: String?
        package var call: CallID?
        package var media: Media
        package var offer: SessionDescription
        package var ringMilliseconds: Int64?
        package var metadata: JSONObject?
    }

    package struct Join: Hashable, Sendable {
        package var call: CallID
        package var token: String?
        /// Whether this page has lost its peer connection; nil lets the server conclude.
        package var isFresh: Bool?
    }

    /// What ICE agreed on, as the client saw it.
    package struct ConnectionReport: Hashable, Sendable, Codable {
        package var local: String?
        package var remote: String?
        package var transport: String?
        /// Whether media goes through a relay.
        package var isRelayed: Bool?

        package init(
            local: String? = nil, remote: String? = nil, transport: String? = nil,
            isRelayed: Bool? = nil
        ) {
            self.local = local
            self.remote = remote
            self.transport = transport
            self.isRelayed = isRelayed
        }
    }

    /// The call that the message is about.
    package var call: CallID? {
        switch self {
        case .initiate(let initiate): initiate.call
        case .join(let join): join.call
        case .ringing(let call), .answer(let call, _), .reject(let call, _, _),
            .end(let call, _), .leave(let call), .description(let call, _, _),
            .iceCandidates(let call, _, _), .connected(let call, _), .media(let call, _),
            .appMessage(let call, _):
            call
        case .hello, .iceRefresh, .presenceWatch, .authRefresh, .pong, .ack, .bye: nil
        }
    }

    /// Whether the frame carries an `id` and is answered (calls.md, ruling 5).
    package var isRequest: Bool {
        switch self {
        case .hello, .pong, .ack, .bye: false
        default: true
        }
    }
}
