import Primitives
import Probe

/// The rules: what the facts come to. Each check looks at its own facts, and says what was fine.
struct Examination {
    let facts: DoctorFacts

    /// What one check brought.
    struct Result {
        var findings: [DoctorFinding] = []
        /// What was fine, in a few words.
        var fine = ""
        /// Why it, or a part of it, could not be looked at.
        var unknown: String?
    }

    func result(of check: DoctorCheck) -> Result {
        switch check {
        case .configuration: configuration()
        case .daemon: daemon()
        case .ports: ports()
        case .listeners: listeners()
        case .relay: relay()
        case .addresses: addresses()
        case .certificates: certificates()
        case .firewall: firewall()
        case .container: container()
        case .kernel: kernel()
        case .limits: limits()
        case .clock: clock()
        }
    }

    /// Checks of the service say nothing where the configuration plans none.
    var unplanned: Result { Result(unknown: "the configuration allows no start") }

    /// Whether somebody stands in the way of the daemon, which is why it does not run.
    var isPortHeld: Bool { !facts.holders.isEmpty && !facts.skipped.contains(.ports) }
}

extension String {
    /// `one`, or `three things`.
    static func counted(_ count: Int, _ word: String) -> String {
        "\(count) \(word)\(count == 1 ? "" : "s")"
    }

    /// For a shell: quoted where a character of it would mean something there.
    var quoted: String {
        let isPlain = utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x61...0x7a).contains($0 | 0x20)
                || "/._-:=,+@".utf8.contains($0)
        }
        return isPlain && !isEmpty ? self : "'" + replacing("'", with: "'\\''") + "'"
    }
}
