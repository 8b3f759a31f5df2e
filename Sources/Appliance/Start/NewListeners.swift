import Configuration
import LinuxIO

/// The sockets of a reload, all open before anything else is changed. Whoever gets them closes
/// them.
struct NewListeners: Sendable {
    /// For each `openedUDP` of the change the sockets of the workers, by number.
    private(set) var udp: [[UDPHandle]] = []
    /// In the order of `openedStreams`.
    private(set) var streams: [TCPListener] = []

    /// No sockets.
    init() {}

    /// - Throws: which one cannot be opened and why; then none stays open.
    init(_ change: ListenerChange, _ mapping: SettingsMapping) throws(StartFailure) {
        let workers = mapping.plan.workers
        let byWorker = try ListenerSockets.open(
            change.openedUDP.map(\.place), workers: workers, options: mapping.listenerOptions)
        udp = change.openedUDP.indices.map { index in byWorker.map { $0[index] } }
        do throws(StartFailure) {
            streams = try ListenerSockets.open(
                change.openedStreams.map(\.place), device: mapping.configuration.listening.device)
        } catch {
            close()
            throw error
        }
    }

    func close() {
        for handle in udp.joined() { handle.close() }
        for listener in streams { listener.close() }
    }
}
