import Glibc
import Testing

@testable import LinuxIO

/// Somebody who listens for datagrams at a unix path.
struct DatagramReceiver: ~Copyable {
    private let descriptor: FileDescriptor

    init(path: String) {
        descriptor = FileDescriptor(owning: socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0))
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let raw = descriptor.raw
        let bound = withUnsafePointer(to: &name) { name in
            name.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(raw, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(bound == 0)
    }

    consuming func close() {}

    /// The oldest that waits; nil when none does.
    func next() -> String? {
        var buffer = [UInt8](repeating: 0, count: 1000)
        let count = recv(descriptor.raw, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}
