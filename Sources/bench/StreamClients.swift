import Crypto
import LinuxIO
import Primitives
import STUN

/// Brings clients over streams to where they send: connected, handshaken, allocated, bound.
/// One after the other, each step with its answer.
final class StreamClients {
    private let options: Options
    private let requests: Requests
    private let context: TLSContext?
    private let room = StreamRoom()
    private(set) var list: [StreamClient] = []
    private(set) var relays: [TransportAddress] = []

    init(_ options: Options, count: Int) throws {
        self.options = options
        context =
            options.transport == .tls
            ? try TLSContext(
                TLSSettings(trust: .anyone), transport: .stream, role: .client) : nil
        requests = Requests(options, count: count)
        list.reserveCapacity(count)
    }

    /// Connects `count` more, and waits for an answer over each: after that it is where it stays.
    func connect(_ count: Int) throws {
        for index in list.count..<list.count + count {
            let client = try StreamClient(index, options, context, room)
            list.append(client)
            _ = try transact(client, .binding)
        }
    }

    /// What carries the frames: `TCP`, or the version and cipher suite of TLS.
    var wire: String { list.first?.wire ?? "" }

    /// Makes an allocation for the next `count` that have none.
    func allocate(_ count: Int) throws {
        for client in list[relays.count...].prefix(count) {
            relays.append(try transact(client, .allocate))
        }
    }

    func bindChannels() throws {
        for client in list { _ = try transact(client, .channelBind) }
    }

    /// Returns the relayed address; that of the client when the answer has none.
    private func transact(
        _ client: StreamClient, _ method: MessageMethod
    ) throws -> TransportAddress {
        for _ in 0..<3 {
            let request = try requests.request(client.index, method)
            try request.withUnsafeBytes { try client.send($0, room) }
            let answer = try client.receiveOne(room)
            let message = try StunMessage(answer.span)
            guard message.method == method else {
                throw BenchError("client \(client.index) got another answer than to \(method)")
            }
            if message.messageClass == .success {
                return try message.xorAddress(.xorRelayedAddress)
                    ?? Addresses.streamClient(client.index)
            }
            try requests.retry(message, client.index, method)
        }
        throw BenchError("\(method) of client \(client.index) is refused again and again")
    }
}
