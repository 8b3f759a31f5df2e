import LinuxIO
import Primitives
import Testing

@Suite struct SystemErrorTests {
    @Test func errorsHaveNamesAndTexts() {
        #expect(Errno.addressInUse.name == "EADDRINUSE")
        #expect(Errno.addressInUse.text == "Address already in use")
        #expect(Errno(rawValue: 4000).name == "errno 4000")
        let error = SystemError(.addressInUse, call: "bind")
        #expect("\(error)" == "bind: Address already in use (EADDRINUSE)")
    }

    @Test func aBusyPortIsATypedError() throws {
        let first = try Loopback.socket(Loopback.v4)
        let address = try first.handle.localAddress()
        #expect(throws: SystemError(.addressInUse, call: "bind")) {
            _ = try UDPSocket(bind: address)
        }
        #expect(first.handle.raw >= 0)
    }

    @Test func aClosedDescriptorEndsTheProcess() async {
        await #expect(processExitsWith: .failure) {
            let socket = try UDPSocket(bind: TransportAddress(IPAddress(127, 0, 0, 1), 0))
            let handle = socket.release()
            handle.close()
            handle.close()
        }
    }
}
