import LinuxIO
import Primitives
import Signaling

/// What of calls outlives the process: their state, and the key of seat tokens (`state-dir`).
struct CallsFolder: Sendable {
    let path: String

    /// Of 20,000 sessions with calls; far more is no state of ours.
    private static let stateBytesMax = 1 << 30
    private static let keyBytes = 32

    private var statePath: String { path + "/calls.state" }
    private var keyPath: String { path + "/seat-token.key" }

    /// The key that signs seat tokens; made at the first start.
    ///
    /// - Returns: the key, and whether it is in the file, so that seats survive a restart; `lines`
    ///   says what went wrong.
    func key() -> (key: [UInt8], lines: [(LogLevel, String)]) {
        do throws(SystemError) {
            if try File.status(keyPath) != nil {
                let key = try File.read(keyPath, max: Self.keyBytes)
                if key.count == Self.keyBytes { return (key, []) }
                let lines = setAside(keyPath, because: "it is not a key of \(Self.keyBytes) bytes")
                return (try makeKey(), lines)
            }
            return (try makeKey(), [])
        } catch {
            let line =
                "state-dir \(path): \(error); seats in calls are lost when this process ends"
            return (Entropy.bytes(Self.keyBytes), [(.warning, line)])
        }
    }

    private func makeKey() throws(SystemError) -> [UInt8] {
        try File.makeDirectory(path, mode: 0o700)
        let key = Entropy.bytes(Self.keyBytes)
        try File.writeAtomically(keyPath, key, mode: 0o600)
        return key
    }

    /// Gives a switchboard what an earlier run has saved. The file goes with it: what is restored
    /// twice would bring ended calls back.
    func restore(into switchboard: Switchboard, at now: Now) -> [(LogLevel, String)] {
        do throws(SystemError) {
            guard try File.status(statePath) != nil else { return [] }
            let bytes = try File.read(statePath, max: Self.stateBytesMax)
            do throws(SavedStateDefect) {
                try switchboard.restore(bytes, at: now)
            } catch {
                return setAside(statePath, because: error.description)
            }
            let line =
                "restored \(switchboard.liveCallCount) calls and \(switchboard.sessionCount) "
                + "sessions of the last run"
            return [(.info, line)] + removeState()
        } catch {
            return [(.warning, "\(statePath): \(error); calls of the last run are not restored")]
        }
    }

    private func removeState() -> [(LogLevel, String)] {
        do throws(SystemError) {
            try File.remove(statePath)
            return []
        } catch {
            let line = "\(statePath): \(error); after a crash, calls that have ended come back"
            return [(.warning, line)]
        }
    }

    /// Keeps what has to outlive this process.
    func save(_ switchboard: Switchboard, at now: Now) -> [(LogLevel, String)] {
        let calls = switchboard.liveCallCount
        let sessions = switchboard.sessionCount
        guard calls > 0 || sessions > 0 else { return [] }
        do throws(SystemError) {
            try File.makeDirectory(path, mode: 0o700)
            try File.writeAtomically(statePath, switchboard.savedState(at: now), mode: 0o600)
            return [(.info, "saved \(calls) calls and \(sessions) sessions for the next start")]
        } catch {
            return [
                (
                    .error,
                    "\(statePath): \(error); \(calls) calls depend on their clients now: each "
                        + "comes back with its seat token"
                )
            ]
        }
    }

    /// A file that cannot be used is kept for a look, under another name, and is never fatal.
    private func setAside(_ file: String, because reason: String) -> [(LogLevel, String)] {
        let aside = file + ".unusable"
        do throws(SystemError) {
            try File.rename(file, to: aside)
            return [(.warning, "\(file) cannot be used: \(reason); it is \(aside) now")]
        } catch {
            return [(.warning, "\(file) cannot be used: \(reason); moving it failed: \(error)")]
        }
    }
}
