import Crypto
import Primitives
import STUN

@testable import Probe

/// A TURN server in a few lines, with faults to arrange. It relays between its own allocations, and
/// between them and one outside socket.
final class FakeServer {
    var user = "alice"
    var password = "wonder-land"
    let realm = "turn.example.org"
    /// Answers no Binding, or nothing at all.
    var isDeaf = false
    /// Error codes to answer a method with.
    var refusals: [MessageMethod: UInt16] = [:]
    /// How many authenticated requests meet a stale nonce first.
    var staleNonces = 0
    var needsNoCredentials = false
    var guardsBinding = false
    var relayIP = IPAddress(198, 51, 100, 1)
    var mapped = TransportAddress(IPAddress(198, 51, 100, 2), 4_000)
    var losesOwn = false
    var losesRelayed = false
    var losesChannels = false
    private(set) var requests: [MessageMethod] = []
    private(set) var released = 0
    private var nonce = 0
    private var channels: [ProbeLeg: UInt16] = [:]
    private let hash = OpenSSLHash()

    /// Where a datagram goes, and its bytes.
    typealias Delivery = (to: ProbeLeg, bytes: [UInt8])

    func relayed(_ leg: ProbeLeg) -> TransportAddress {
        TransportAddress(relayIP, leg == .main ? 50_001 : 50_002)
    }

    /// What a client sent; returns what leaves for anybody.
    func receive(_ bytes: [UInt8], from leg: ProbeLeg) -> [Delivery] {
        guard !isDeaf else { return [] }
        if classify(bytes[0]) == .channelData { return channelData(bytes, from: leg) }
        guard let message = try? StunMessage(bytes.span) else { return [] }
        if message.method == .send {
            guard let data = message.value(of: .data),
                let peer = try? message.xorAddress(.xorPeerAddress)
            else { return [] }
            return relay(TurnClient.array(data), from: leg, to: peer)
        }
        requests.append(message.method)
        return [(leg, respond(message, leg))]
    }

    /// What the outside socket sent to a relayed address.
    func receiveOutside(_ bytes: [UInt8], to address: TransportAddress) -> [Delivery] {
        guard !losesOwn, address == relayed(.main) else { return [] }
        return [(.main, dataIndication(bytes, from: mapped))]
    }

    private func relay(
        _ data: [UInt8], from leg: ProbeLeg, to peer: TransportAddress
    ) -> [Delivery] {
        if peer == mapped { return [(.own, data)] }
        let target: ProbeLeg = leg == .main ? .other : .main
        guard peer == relayed(target), !losesRelayed else { return [] }
        guard let channel = channels[target] else {
            return [(target, dataIndication(data, from: relayed(leg)))]
        }
        let head = [
            UInt8(channel >> 8), UInt8(channel & 255), UInt8(data.count >> 8),
            UInt8(data.count & 255),
        ]
        return [(target, head + data)]
    }

    private func channelData(_ bytes: [UInt8], from leg: ProbeLeg) -> [Delivery] {
        guard let header = ChannelDataHeader.parse(datagram: bytes.span), !losesChannels,
            channels[leg] == header.channel
        else { return [] }
        return relay(
            Array(bytes[4..<4 + header.dataLength]), from: leg,
            to: relayed(leg == .main ? .other : .main))
    }

    private func dataIndication(_ data: [UInt8], from peer: TransportAddress) -> [UInt8] {
        var message = [UInt8](repeating: 0, count: data.count + 64)
        var writer = MessageWriter(
            MessageType(.data, .indication), TransactionID(random: 1), into: message.mutableSpan)
        writer.append(.xorPeerAddress, xor: peer)
        writer.append(.data, data.span)
        return Array(message[..<(writer.finish() ?? 0)])
    }

    private func respond(_ message: borrowing StunMessage, _ leg: ProbeLeg) -> [UInt8] {
        let key = key()
        if let code = refusals[message.method], message.has(.messageIntegrity) || code != 401 {
            return error(code, message)
        }
        if message.method != .binding || guardsBinding, !needsNoCredentials {
            guard message.isAuthentic(under: key, hash: hash) else { return error(401, message) }
            if staleNonces > 0 {
                staleNonces -= 1
                return error(438, message)
            }
        }
        return success(message, leg, key)
    }

    private func key() -> HMACKey {
        let digest = LongTermKey.derive(
            .md5, username: Array(user.utf8).span, realm: Array(realm.utf8).span,
            password: Array(password.utf8).span, hash: hash)
        return hash.hmacKey(.sha1, digest.span)
    }

    private func success(
        _ message: borrowing StunMessage, _ leg: ProbeLeg, _ key: HMACKey
    ) -> [UInt8] {
        var answer = [UInt8](repeating: 0, count: 512)
        var writer = MessageWriter(
            MessageType(message.method, .success), message.transactionID, into: answer.mutableSpan)
        switch message.method {
        case .binding: writer.append(.xorMappedAddress, xor: mapped)
        case .allocate:
            writer.append(.xorRelayedAddress, xor: relayed(leg))
            writer.append(.xorMappedAddress, xor: mapped)
            writer.append(.lifetime, UInt32(600))
            writer.append(.software, Array("fake".utf8).span)
        case .refresh: if (try? message.lifetime())?.count == 0 { released += 1 }
        case .channelBind: channels[leg] = try? message.channelNumber()
        default: break
        }
        if message.method != .binding, !needsNoCredentials {
            writer.appendIntegrity(key, hash: hash)
        }
        return Array(answer[..<(writer.finish() ?? 0)])
    }

    private func error(_ code: UInt16, _ message: borrowing StunMessage) -> [UInt8] {
        var answer = [UInt8](repeating: 0, count: 512)
        var writer = MessageWriter(
            MessageType(message.method, .error), message.transactionID, into: answer.mutableSpan)
        let value = [0, 0, UInt8(code / 100), UInt8(code % 100)] + Array("No\0".utf8)
        writer.append(.errorCode, value.span)
        if code == 401 || code == 438 {
            nonce += 1
            writer.append(.realm, Array(realm.utf8).span)
            writer.append(.nonce, Array("nonce\(nonce)".utf8).span)
        }
        return Array(answer[..<(writer.finish() ?? 0)])
    }
}

/// Runs a path against a fake server in virtual time, with a delay on every packet.
struct Rehearsal {
    let server = FakeServer()
    var settings: ProbeSettings
    var transport = ProbeTransport.udp
    /// Nanoseconds for one way.
    var delay: UInt64 = 5_000_000
    /// Spoils one in four deliveries.
    var noise: ProbeRandom?
    private(set) var now = MonotonicTime(nanoseconds: 1_000_000_000)
    private(set) var opened: [ProbeLeg] = []

    init(_ credentials: ProbeCredentials = .user(name: "alice", password: "wonder-land")) {
        settings = ProbeSettings(host: "turn.example.org")
        settings.credentials = credentials
        settings.unixSeconds = 1_800_000_000
    }

    /// The seconds that have passed.
    var seconds: Double { Double(now.nanoseconds - 1_000_000_000) / 1e9 }

    mutating func run(failing failure: LegFailure? = nil) -> PathResult {
        var path = PathProbe(
            settings, transport: transport,
            server: TransportAddress(IPAddress(198, 51, 100, 1), 3_478), seed: (1, 2),
            hash: OpenSSLHash())
        var queue: [(at: MonotonicTime, delivery: FakeServer.Delivery)] = []
        path.begin(at: now)
        while !path.isDone {
            while let action = path.nextAction() {
                queue += perform(action, on: &path, failing: failure)
            }
            guard !path.isDone else { break }
            let next = queue.map(\.at).min() ?? .never
            now = max(now, min(next, path.nextDeadline))
            while let index = queue.firstIndex(where: { $0.at <= now }) {
                let (_, delivery) = queue.remove(at: index)
                path.receive(delivery.to, delivery.bytes.span, at: now)
            }
            path.tick(at: now)
        }
        return path.result
    }

    private mutating func perform(
        _ action: PathAction, on path: inout PathProbe, failing failure: LegFailure?
    ) -> [(at: MonotonicTime, delivery: FakeServer.Delivery)] {
        switch action {
        case .open(let leg, _):
            opened.append(leg)
            if let failure { path.failed(leg, failure, at: now) } else { connect(leg, &path) }
            return []
        case .send(let leg, let bytes, let peer):
            let deliveries =
                leg == .own
                ? server.receiveOutside(bytes, to: peer ?? server.mapped)
                : server.receive(bytes, from: leg)
            let at = MonotonicTime(nanoseconds: now.nanoseconds + 2 * delay)
            return deliveries.map { (at, spoiled($0)) }
        case .close: return []
        }
    }

    private mutating func spoiled(_ delivery: FakeServer.Delivery) -> FakeServer.Delivery {
        guard let dice = noise?.next(), dice % 4 == 0 else { return delivery }
        var bytes = delivery.bytes
        let place = Int(dice >> 8 & 0xFFFF) % bytes.count
        if dice & 16 == 0 {
            bytes[place] ^= UInt8(truncatingIfNeeded: dice >> 32)
        } else {
            bytes.removeLast(place)
        }
        return (delivery.to, bytes)
    }

    private func connect(_ leg: ProbeLeg, _ path: inout PathProbe) {
        path.connected(leg, at: now)
        guard leg != .own, transport.isSecure else { return }
        let handshake = ProbeHandshake(
            version: "TLSv1.3", cipher: "any", chosenProtocol: nil, certificate: nil)
        path.secured(leg, handshake, at: now)
    }
}
