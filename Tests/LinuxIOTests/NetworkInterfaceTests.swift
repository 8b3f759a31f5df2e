import Glibc
import LinuxIO
import Primitives
import Testing

@Suite struct NetworkInterfaceTests {
    @Test func theLoopbackIsListed() throws {
        let all = try NetworkInterface.all()
        let loopback = try #require(all.first { $0.address == Loopback.v4 })
        #expect(loopback.name == "lo")
        #expect(loopback.index > 0)
        #expect(loopback.prefix == 8)
        #expect(loopback.isLoopback && loopback.isUp && !loopback.isPointToPoint)
        #expect(loopback.network == AddressRange("127.0.0.0/8"))
        let six = all.first { $0.address == Loopback.v6 }
        #expect(six == nil || six?.prefix == 128)
    }

    @Test func theSourceOfARouteIsAnOwnAddress() throws {
        #expect(Routes.source(toward: IPAddress(127, 0, 0, 5)) == Loopback.v4)
        let own = Set(try NetworkInterface.all().map(\.address))
        if let source = Routes.source(toward: IPAddress(192, 0, 2, 1)) {
            #expect(own.contains(source))
        }
    }

    @Test(.enabled(if: Process.user == 0, "only root makes network namespaces"))
    func anAddressWithoutBroadcastHasNone() async {
        await #expect(processExitsWith: .success) {
            guard Namespace.enter() else { return }
            system("ip link add ts0 type dummy && ip link set ts0 up")
            system("ip address add 10.77.0.1/24 dev ts0")
            system("ip address add 10.78.0.1/24 brd + dev ts0")
            let all = try NetworkInterface.all()
            guard !all.isEmpty else { return }
            let plain = try #require(all.first { $0.address == IPAddress(10, 77, 0, 1) })
            #expect(plain.broadcast == nil)
            let full = try #require(all.first { $0.address == IPAddress(10, 78, 0, 1) })
            #expect(full.broadcast == IPAddress(10, 78, 0, 255))
        }
    }

    @Test(.enabled(if: Process.user == 0, "only root makes network namespaces"))
    func aliasesHaveTheNameOfTheirInterface() async {
        await #expect(processExitsWith: .success) {
            guard Namespace.enter() else { return }
            system("ip link add ts0 type bridge && ip link set ts0 up")
            system("ip address add 10.77.0.1/24 dev ts0 label ts0:1")
            let all = try NetworkInterface.all()
            guard !all.isEmpty else { return }
            let alias = try #require(all.first { $0.address == IPAddress(10, 77, 0, 1) })
            #expect(alias.name == "ts0" && alias.index > 0)
        }
    }

    @Test(.enabled(if: Process.user == 0, "only root makes network namespaces"))
    func interfacesSayWhatDrivesThem() async {
        await #expect(processExitsWith: .success) {
            guard Namespace.enter() else { return }
            system("ip link add ts0 type veth peer name ts1")
            system("ip link add link ts1 name ts2 type macvlan")
            // Where the kernel makes no such interfaces there is nothing to see.
            let made = ["ts0", "ts2"].compactMap { NetworkInterface.driver(of: $0) }
            guard made.count == 2 else { return }
            #expect(made == ["veth", "macvlan"])
            #expect(NetworkInterface.driver(of: "ts9") == nil)
        }
    }

    /// In a network namespace of its own, so that no address of the machine changes.
    @Test(.enabled(if: Process.user == 0, "only root makes network namespaces"))
    func addressChangesAreNoticed() async {
        await #expect(processExitsWith: .success) {
            guard Namespace.enter() else { return }
            let watch = try AddressWatch()
            #expect(try !watch.drain())
            #expect(try NetworkInterface.all().isEmpty)
            system("ip link set lo up")
            let epoll = try Epoll()
            try epoll.add(watch.raw, .readable, token: 1)
            #expect(epoll.wait(milliseconds: 5000) == 1)
            #expect(try watch.drain())
            #expect(try NetworkInterface.all().contains { $0.address == Loopback.v4 })
        }
    }
}
