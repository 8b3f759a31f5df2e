import LinuxIO

/// What the measured process costs, as /proc tells.
struct ServerProcess {
    let id: Int32

    /// CPU time of all its threads. On a veth this includes interrupts of the other side that ran
    /// while one of them had the CPU.
    func cpuNanoseconds() -> UInt64 {
        let folder = "/proc/\(id)/task"
        var total: UInt64 = 0
        for task in (try? File.names(in: folder)) ?? [] {
            guard let text = try? File.readText("\(folder)/\(task)/schedstat", max: 256),
                let first = text.split(separator: " ").first, let time = UInt64(first)
            else { continue }
            total += time
        }
        return total
    }

    /// Resident bytes: VmRSS of proc(5).
    func residentBytes() -> Int {
        guard let text = try? File.readText("/proc/\(id)/status", max: 1 << 16) else { return 0 }
        for line in text.split(separator: "\n") where line.hasPrefix("VmRSS:") {
            let fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            return fields.count > 1 ? (Int(fields[1]) ?? 0) * 1024 : 0
        }
        return 0
    }
}
