// FuzzSubjects: one entry per parser of foreign bytes, for libFuzzer (`scripts/fuzz`) and for the
// test that replays the kept inputs. Development only; nothing of it is in the program.

/// A parser under test together with what must hold of its results.
///
/// A broken expectation is a trap, which both callers report with the input.
package protocol FuzzSubject: AnyObject {
    /// Feeds one input. Inputs must not influence each other.
    func run(_ input: Span<UInt8>)
}

/// The parsers; the raw value names the target of `scripts/fuzz` and the folder of its corpus.
package enum FuzzTarget: String, CaseIterable, Sendable {
    case stunMessage = "stun-message"
    case channelData = "channel-data"
    case conversation = "conversation"
    case peerConnection = "peer-connection"
    case restName = "rest-name"
    case configurationLine = "configuration-line"
    case httpRequest = "http-request"
    case httpResponse = "http-response"
    case webSocketFrame = "websocket-frame"
    case streamFraming = "stream-framing"
    case connectionStart = "connection-start"
    case tlsRecord = "tls-record"
    case jsonText = "json-text"
    case clientFrame = "client-frame"
    case switchboard = "switchboard"
    case webRequest = "web-request"
    case formFields = "form-fields"
    case webToken = "web-token"
    case seatToken = "seat-token"
    case savedState = "saved-state"
    case probeAnswer = "probe-answer"
    case sqliteFile = "sqlite-file"

    /// A subject ready to run; it keeps what is expensive to make.
    package func makeSubject() -> any FuzzSubject {
        switch self {
        case .stunMessage: MessageSubject()
        case .channelData: ChannelDataSubject()
        case .conversation: ConversationSubject()
        case .peerConnection: PeerConnectionSubject()
        case .restName: RESTNameSubject()
        case .configurationLine: ConfigurationLineSubject()
        case .httpRequest: HTTPRequestSubject()
        case .httpResponse: HTTPResponseSubject()
        case .webSocketFrame: WebSocketFrameSubject()
        case .streamFraming: StreamFramingSubject()
        case .connectionStart: ConnectionStartSubject()
        case .tlsRecord: TLSRecordSubject()
        case .jsonText: JSONTextSubject()
        case .clientFrame: ClientFrameSubject()
        case .switchboard: SwitchboardSubject()
        case .webRequest: WebRequestSubject()
        case .formFields: FormFieldsSubject()
        case .webToken: WebTokenSubject()
        case .seatToken: SeatTokenSubject()
        case .savedState: SavedStateSubject()
        case .probeAnswer: ProbeAnswerSubject()
        case .sqliteFile: SQLiteSubject()
        }
    }
}
