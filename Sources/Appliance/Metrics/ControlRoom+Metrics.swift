import Admin
import LinuxIO
import Primitives
import WebAPI

extension ControlRoom: MetricsSource {
    /// The whole text for Prometheus: one for `/metrics`, the admin socket and `prometheus-port`.
    func metrics(at now: Now) -> [UInt8] {
        if let applications { return applications.metrics(at: now) }
        var text = MetricsText()
        add(to: &text, at: now)
        return text.bytes
    }

    func add(to text: inout MetricsText, at now: Now) {
        let numbers = relayNumbers(at: now)
        text.add(numbers)
        text.add(
            "log_lines_lost_total", "Lines that the system log did not take.",
            counter: log.lostLines)
        text.add(ProcessNumbers(at: now, uptime: numbers.status.uptimeSeconds))
    }

    private func relayNumbers(at now: Now) -> RelayNumbers {
        let reports = desk.workerReports()
        var numbers = RelayNumbers(
            reports: reports ?? [], status: desk.status(of: reports ?? []), at: now)
        numbers.isComplete = reports != nil
        numbers.door = desk.servesConnections ? door.counters : nil
        numbers.secured = desk.servesConnections ? handshakes.counters : nil
        numbers.hooks = applications?.hooks
        return numbers
    }
}
