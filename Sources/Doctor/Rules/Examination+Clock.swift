import Primitives
import Probe

// The clock, on which the end of every credential hangs.
extension Examination {
    func clock() -> Result {
        var result = Result()
        switch facts.clock {
        case .closed(let reason): result.unknown = reason
        case .found(let clock):
            result.fine =
                "somebody keeps it, to within \(max(1, clock.errorMaxMicroseconds / 1_000)) ms"
            if !clock.isSynchronised { result.findings.append(unkept) }
        }
        switch facts.time {
        case nil: break
        case .closed(let reason): result.unknown = reason
        case .found(let time): compare(time, &result)
        }
        return result
    }

    private static let why =
        "The end of a credential is a time of day: with a clock that is off, good ones are refused "
        + "as expired (401) and old ones accepted."

    private var unkept: DoctorFinding {
        DoctorFinding(
            .clock, "clock-unsynchronised", .warning, "no time server keeps this machine's clock",
            why: Self.why,
            mend: "Let one keep it; in a container that is the host's business:",
            commands: keeping)
    }

    /// Debian's own service is a package by itself, which a small installation lacks.
    private var keeping: [String] {
        (facts.hasTimeService ? [] : ["apt-get install systemd-timesyncd"])
            + ["timedatectl set-ntp true"]
    }

    /// Credentials live for minutes at least, and some applications allow for no difference.
    private static let toleratedMilliseconds: Int64 = 2_000
    private static let badMilliseconds: Int64 = 60_000

    private func compare(_ time: TimeFact, _ result: inout Result) {
        // Half of the way there and back is not known to be either.
        let known = max(0, magnitude(time.aheadMilliseconds) - time.roundTripMilliseconds / 2)
        guard known > Self.toleratedMilliseconds else {
            return result.fine = "within \(magnitude(time.aheadMilliseconds)) ms of \(time.server)"
        }
        let seconds = magnitude(time.aheadMilliseconds) / 1_000
        let direction = time.aheadMilliseconds > 0 ? "behind" : "ahead of"
        result.findings.append(
            DoctorFinding(
                .clock, "clock-wrong", known > Self.badMilliseconds ? .error : .warning,
                "this machine's clock is \(seconds) s \(direction) \(time.server)", why: Self.why,
                mend: "Let a time server keep it. Where one does already, it cannot be reached or "
                    + "is wrong itself; the last command shows what keeps the clock:",
                commands: keeping + ["timedatectl status"]))
    }

    private func magnitude(_ value: Int64) -> Int64 { Int64(clamping: value.magnitude) }
}
