import CBench
import LinuxIO
import Primitives

/// The generator's door: frames out, frames in.
final class PacketPort {
    private let port: OpaquePointer

    /// How many frames one `send` or `receive` handles.
    static let batch = 64

    init(interface: String) throws {
        var opened: OpaquePointer?
        // More than any window of packets in flight, but small enough to stay in the cache: the
        // kernel fills the ring on the CPU of the server.
        let result = cb_open(interface, 1024, &opened)
        guard result == 0, let opened else {
            throw SystemError(Errno(rawValue: -result), call: "packet socket on \(interface)")
        }
        port = opened
    }

    deinit { cb_close(port) }

    func send(_ frames: UnsafePointer<cb_frame>, _ count: Int) throws {
        var done = 0
        while done < count {
            let sent = cb_send(port, frames + done, UInt32(count - done))
            guard sent > 0 else {
                throw SystemError(Errno(rawValue: -sent), call: "sendmmsg")
            }
            done += Int(sent)
        }
    }

    @inline(__always)
    func receive(_ frames: UnsafeMutablePointer<cb_frame>) -> Int {
        Int(cb_receive(port, frames, UInt32(Self.batch)))
    }

    @inline(__always)
    func release(_ count: Int) { cb_release(port, UInt32(count)) }
}

/// Ethernet, IPv4 and UDP headers of the frames.
enum Header {
    /// Ethernet 14, IPv4 20, UDP 8.
    static let size = 42
    static let sourceIP = 26
    static let destinationIP = 30
    static let sourcePort = 34
    static let destinationPort = 36

    /// The interface of the server has this hardware address; scripts/bench sets it.
    static let serverHardware: [UInt8] = [2, 0, 0, 0, 0, 1]
    /// Nobody has this one, so that the generator's own kernel ignores what comes for it.
    static let ownHardware: [UInt8] = [2, 0, 0, 0, 0, 0xfe]

    /// Writes the headers in front of `payload` bytes of UDP payload, with the checksum field as
    /// the kernel wants it when it is to complete it: the sum of the pseudo-header.
    static func write(
        _ out: UnsafeMutableRawPointer, from: TransportAddress, to: TransportAddress, payload: Int
    ) {
        out.copyMemory(from: serverHardware, byteCount: 6)
        (out + 6).copyMemory(from: ownHardware, byteCount: 6)
        store16(out, 12, 0x0800)
        let length = UInt16(payload + 28)
        store16(out, 14, 0x4500)
        store16(out, 16, length)
        store16(out, 18, 0)
        store16(out, 20, 0)
        store16(out, 22, 0x4011)  // TTL 64, UDP
        store16(out, 24, 0)
        store32(out, sourceIP, from.ip.v4)
        store32(out, destinationIP, to.ip.v4)
        store16(out, 24, ~sum(out + 14, words: 10))
        store16(out, sourcePort, from.port)
        store16(out, destinationPort, to.port)
        store16(out, 38, length - 20)
        var pseudo = UInt32(sum(out + sourceIP, words: 4)) + 17 + UInt32(length - 20)
        pseudo = (pseudo & 0xffff) + pseudo >> 16
        store16(out, 40, UInt16(truncatingIfNeeded: pseudo))
    }

    /// Whether a UDP frame came from and goes to these IPv4 addresses.
    @inline(__always)
    static func leads(
        _ bytes: UnsafeRawPointer, from: TransportAddress, to: TransportAddress
    ) -> Bool {
        load32(bytes, sourceIP) == from.ip.v4 && load32(bytes, destinationIP) == to.ip.v4
            && load16(bytes, sourcePort) == from.port
            && load16(bytes, destinationPort) == to.port
    }

    /// The ones' complement sum of 16-bit words (RFC 1071).
    private static func sum(_ bytes: UnsafeRawPointer, words: Int) -> UInt16 {
        var total: UInt32 = 0
        for word in 0..<words { total += UInt32(load16(bytes, 2 * word)) }
        while total > 0xffff { total = (total & 0xffff) + total >> 16 }
        return UInt16(total)
    }
}

@inline(__always)
func load16(_ bytes: UnsafeRawPointer, _ offset: Int) -> UInt16 {
    bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self).bigEndian
}

@inline(__always)
func load32(_ bytes: UnsafeRawPointer, _ offset: Int) -> UInt32 {
    bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self).bigEndian
}

@inline(__always)
func store16(_ bytes: UnsafeMutableRawPointer, _ offset: Int, _ value: UInt16) {
    bytes.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt16.self)
}

@inline(__always)
func store32(_ bytes: UnsafeMutableRawPointer, _ offset: Int, _ value: UInt32) {
    bytes.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt32.self)
}
