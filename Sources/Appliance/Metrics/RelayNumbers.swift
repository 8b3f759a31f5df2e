import Admin
import Primitives
import TURN

/// What the relay's families are made of.
struct RelayNumbers {
    /// Empty when one of the workers did not answer in time.
    var reports: [WorkerReport]
    var status: StatusSnapshot
    var now: Now
    /// Whether all workers have answered.
    var isComplete = true
    /// Of clients behind TCP and TLS; nil where no stream is served.
    var door: DoorCounters?
    /// Of clients behind DTLS.
    var secured: DoorCounters?
    var hooks: HookCounters?

    init(reports: [WorkerReport], status: StatusSnapshot, at now: Now) {
        self.reports = reports
        self.status = status
        self.now = now
    }

    func sum(_ path: KeyPath<Counters, UInt64>) -> UInt64 {
        reports.reduce(0) { $0 + $1.counters[keyPath: path] }
    }

    func sum<Key: Hashable>(_ path: KeyPath<Counters, [Key: UInt64]>) -> [Key: UInt64] {
        reports.reduce(into: [:]) { $0.merge($1.counters[keyPath: path], uniquingKeysWith: +) }
    }

    var lifetimes: Counters.Lifetimes {
        reports.reduce(.init()) { $0 + $1.counters.lifetimes }
    }

    func sum(_ path: KeyPath<WorkerLoad, Int>) -> Int {
        reports.reduce(0) { $0 + $1.load[keyPath: path] }
    }

    func sum(_ path: KeyPath<WorkerSnapshot, Traffic>) -> Traffic {
        reports.reduce(into: Traffic(packets: 0, bytes: 0)) {
            $0.packets += $1.snapshot[keyPath: path].packets
            $0.bytes += $1.snapshot[keyPath: path].bytes
        }
    }
}
