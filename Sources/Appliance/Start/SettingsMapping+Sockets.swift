import Configuration
import LinuxIO
import Primitives

/// How sockets are opened, and what workers are told of them.
extension SettingsMapping {
    /// UDP sockets of clients.
    var listenerOptions: UDPOptions {
        var options = UDPOptions()
        options.receiveBuffer = configuration.relay.socketBufferBytes
        options.sendBuffer = configuration.relay.socketBufferBytes
        options.merge = true
        options.device = configuration.listening.device
        return options
    }

    /// UDP sockets of relays.
    var relayOptions: UDPOptions {
        var options = UDPOptions()
        options.receiveBuffer = configuration.relay.socketBufferBytes
        options.sendBuffer = configuration.relay.socketBufferBytes
        options.reportErrors = true
        options.device = configuration.relay.device
        return options
    }

    /// What workers are told, with sockets that come and go.
    func workerChange(
        opened: [WorkerChange.Opened] = [], closed: [Int] = []
    ) -> WorkerChange {
        WorkerChange(
            settings: settings, streams: streamSettings, relayOptions: relayOptions,
            reachesLoopback: configuration.peers.allowsLoopback, opened: opened, closed: closed)
    }
}
