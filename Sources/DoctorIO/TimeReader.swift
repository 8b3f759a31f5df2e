import Doctor
import LinuxIO
import Primitives
import ProbeIO

/// Asks a time server once.
enum TimeReader {
    /// RFC 5905 §16.
    private static let port: UInt16 = 123
    private static let patienceMilliseconds: Int32 = 3_000

    /// Where Debian's packages have what keeps a clock: systemd-timesyncd, chrony, ntpsec and
    /// openntpd, ntpd-rs.
    private static let services = [
        "/usr/lib/systemd/systemd-timesyncd", "/usr/sbin/chronyd", "/usr/sbin/ntpd",
        "/usr/bin/ntp-daemon",
    ]

    static var isServiceInstalled: Bool {
        services.contains { ((try? File.status($0)) ?? nil) != nil }
    }

    /// `server` is `HOST` or `HOST:PORT`.
    static func read(_ server: String) -> Look<TimeFact> {
        let parts = server.split(separator: ":", omittingEmptySubsequences: false)
        let isWithPort = parts.count == 2
        let host = isWithPort ? String(parts[0]) : server
        let port = isWithPort ? UInt16(parts[1]) ?? Self.port : Self.port
        switch NameLookup.addresses(of: host, timeout: DoctorRun.patience) {
        case .failure(let reason): return .closed("\(host): \(reason.description)")
        case .success(let addresses):
            guard let address = addresses.first else { return .closed("\(host) has no address") }
            return ask(TransportAddress(address, port), named: server)
        }
    }

    private static func ask(_ server: TransportAddress, named name: String) -> Look<TimeFact> {
        do throws(SystemError) {
            let any = TransportAddress(IPAddress(family: server.ip.family, bits: 0), 0)
            let socket = try UDPSocket(bind: any)
            let epoll = try Epoll(capacity: 1)
            try epoll.add(socket.handle.raw, .readable, token: 0)
            let query = TimeQuery(sentMilliseconds: Clock.unixMilliseconds())
            let bytes = query.bytes
            try send(bytes, from: socket.handle, to: server)
            guard epoll.wait(milliseconds: patienceMilliseconds) > 0 else {
                return .closed("\(name) does not answer")
            }
            let answer = try receive(socket.handle, from: server)
            let time = query.answer(answer, receivedMilliseconds: Clock.unixMilliseconds())
            guard let time else { return .closed("\(name) gives no time") }
            return .found(
                TimeFact(
                    server: name, aheadMilliseconds: time.aheadMilliseconds,
                    roundTripMilliseconds: time.roundTripMilliseconds))
        } catch {
            return .closed("\(name): \(error.errno.text)")
        }
    }

    private static func send(
        _ bytes: [UInt8], from socket: UDPHandle, to server: TransportAddress
    ) throws(SystemError) {
        let result = bytes.withUnsafeBytes { bytes in
            Result<Void, SystemError> { () throws(SystemError) in
                _ = try socket.send(bytes, to: server)
            }
        }
        try result.get()
    }

    /// Empty when somebody else wrote.
    private static func receive(
        _ socket: UDPHandle, from server: TransportAddress
    ) throws(SystemError) -> [UInt8] {
        var room = [UInt8](repeating: 0, count: 512)
        let result = room.withUnsafeMutableBytes { room in
            Result<IOResult<(count: Int, from: TransportAddress)>, SystemError> {
                () throws(SystemError) in
                try socket.receive(into: room)
            }
        }
        guard case .done(let (count, from)) = try result.get(), from == server else { return [] }
        return Array(room.prefix(count))
    }
}
