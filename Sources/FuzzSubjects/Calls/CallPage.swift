import JSON
import Signaling

/// One page of one user: what it has to remember between its sockets.
final class CallPage {
    let user: String
    let exchange: CallExchange
    private(set) var socket: SocketID
    private(set) var lastID: Int64 = 0
    private(set) var lastSequence: Int64 = 0
    /// Frames of the watched call only.
    private(set) var own: [JSONValue] = []
    /// The last call it heard of, and the seat that it was given.
    private(set) var call = "m1"
    private(set) var seatToken: String?
    private var resume: JSONObject = [:]
    private let watchedCall: String

    init(_ user: String, _ exchange: CallExchange, watching call: String) {
        self.user = user
        self.exchange = exchange
        watchedCall = call
        socket = exchange.connect()
    }

    /// Those that stay in its memory: numbered, and of the watched call.
    var messages: [JSONValue] { own.filter { $0["seq"] != nil } }

    var isConnected: Bool { exchange.open.contains(socket) }

    func connect() {
        if isConnected { exchange.drop(socket) }
        socket = exchange.connect()
    }

    func drop() { exchange.drop(socket) }

    func hello(resumes: Bool, acknowledging: Int64? = nil) {
        var data: JSONObject = [
            "token": .string(user), "device_id": "d1", "caps": ["reports_connected"],
        ]
        if resumes, !resume.isEmpty {
            resume["last_seq"] = .integer(acknowledging ?? lastSequence)
            data["resume"] = .object(resume)
        }
        send(["type": "hello", "data": .object(data)])
    }

    func send(_ frame: JSONValue) { send(frame.bytes) }

    func send(_ bytes: [UInt8]) {
        exchange.send(bytes, on: socket)
        listen()
    }

    /// Sends a request and returns its answer; nil while there is none.
    @discardableResult
    func ask(_ type: String, _ data: JSONObject, again: Bool = false) -> JSONValue? {
        if !again { lastID += 1 }
        let id = JSONValue.integer(max(lastID, 1))
        exchange.send(
            JSONValue.object(["type": .string(type), "id": id, "data": .object(data)]).bytes,
            on: socket)
        return listen().last { $0["id"] == id }
    }

    func pong() {
        listen()
        guard isConnected else { return }
        send(["type": "pong", "ack": .integer(lastSequence)])
    }

    @discardableResult
    func listen() -> [JSONValue] {
        let frames = exchange.take(socket)
        for frame in frames { note(frame) }
        return frames
    }

    private func note(_ frame: JSONValue) {
        let data = frame["data"]
        if let sequence = frame["seq"]?.integer {
            precondition(sequence == lastSequence + 1, "a message lost or doubled")
            lastSequence = sequence
        }
        if frame["type"] == "welcome" {
            if data?["resumed"] != true {
                lastID = 0
                lastSequence = 0
            }
            for name in ["sid", "rid", "epoch"] { resume[name] = data?[name] }
        }
        if let token = data?["peer_token"]?.string { seatToken = token }
        guard let call = data?["call_id"]?.string else { return }
        if call == watchedCall { own.append(frame) } else { self.call = call }
    }
}
