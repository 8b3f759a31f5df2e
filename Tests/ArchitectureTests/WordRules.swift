/// Words that must not stand in code, each with the rule that it would break.
enum WordRules {
    /// Rooms that see no clock, no randomness, no socket and no thread (law 1).
    static let cores: Set<String> = [
        "Primitives", "JSON", "STUN", "TURN", "Forwarding", "Reception", "HTTP", "Admin",
        "Configuration",
        "Signaling", "Simulator", "WebAPI", "Probe", "Doctor",
    ]
    /// Rooms that parse what the network sends (law 5).
    static let parsers: Set<String> = [
        "Primitives", "JSON", "STUN", "TURN", "Reception", "HTTP", "Configuration",
        "Signaling", "WebAPI", "Probe", "Doctor",
    ]

    /// Words that reach outside, and what to do instead.
    static let outsideWords: [(word: String, instead: String)] = [
        ("ContinuousClock", "take `Now` as an argument"),
        ("SuspendingClock", "take `Now` as an argument"),
        ("Date()", "take `Now` as an argument"),
        ("Date.now", "take `Now` as an argument"),
        ("SystemRandomNumberGenerator", "take entropy as an argument"),
        (".randomElement()", "take entropy as an argument"),
        (".shuffled()", "take entropy as an argument"),
        ("FileManager", "take the text as an argument"),
        ("ProcessInfo", "take the value as an argument"),
    ]

    /// Concurrency of the language, which only the control thread may use.
    static let taskWords = ["Task {", "Task.", "Task(", "actor ", "AsyncSequence", "await "]

    /// Promises to the compiler that it cannot check. Key: path. Value: why it holds.
    static let unchecked: [String: String] = [
        "Sources/Primitives/AtomicTable.swift":
            "holds atomics behind a pointer that never changes",
        "Sources/Forwarding/RelayMap.swift":
            "its rows are written before an atomic says they are there, its owners are atomics",
        "Sources/Crypto/SignatureKey.swift":
            "OpenSSL only reads a public key to verify; nothing of it changes after init",
        "Sources/Crypto/TLSContext.swift":
            "OpenSSL counts and locks its contexts; nothing of them changes after init",
        "Sources/Crypto/TLSSession.swift":
            "handed from thread to thread through mailboxes, used by one at a time",
        "Sources/Appliance/Worker/HandoverRing.swift":
            "one writer, one reader, and two atomics say which bytes belong to whom",
    ]

    /// Files of the parsers' rooms that step outside strict memory safety, and why they may.
    static let unsafeFiles: [String: String] = [
        "Sources/Primitives/AtomicTable.swift":
            "Array cannot hold atomics; every index is checked first"
    ]

    static func checkOutsideWords(_ file: SourceFile) -> [Violation] {
        guard cores.contains(file.target) else { return [] }
        return findings(in: file) { line in
            if let hit = outsideWords.first(where: { line.contains($0.word) }) {
                return "\(file.target) uses \(hit.word): \(hit.instead)"
            }
            return line.contains(".random(in:") && !line.contains("using:")
                ? "\(file.target) draws randomness: take entropy as an argument" : nil
        }
    }

    static func checkTasks(_ file: SourceFile) -> [Violation] {
        guard file.target != "Appliance", file.target != "turnstone" else { return [] }
        return findings(in: file) { line in
            taskWords.first { containsWord($0, in: line) }
                .map { "\($0) below Appliance: no actors, tasks or async there" }
        }
    }

    static func checkPromises(_ file: SourceFile) -> [Violation] {
        guard unchecked[file.path] == nil else { return [] }
        return findings(in: file) { line in
            line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)")
                ? "an unchecked promise without an entry and a reason" : nil
        }
    }

    static func checkUnsafe(_ file: SourceFile) -> [Violation] {
        guard parsers.contains(file.target), unsafeFiles[file.path] == nil else { return [] }
        return findings(in: file) { line in
            containsWord("unsafe", in: line) || line.contains("Unsafe")
                ? "unsafe construct in a room that parses the network (law 5)" : nil
        }
    }

    /// `try!`, `as!` and postfix `!`: outside tests every failure has a name.
    static func checkForce(_ file: SourceFile) -> [Violation] {
        findings(in: file) { line in
            let bytes = Array(line.utf8)
            for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "!") && index > 0 {
                let before = bytes[index - 1]
                let after = index + 1 < bytes.count ? bytes[index + 1] : UInt8(ascii: " ")
                let postfix =
                    isWord(before) || before == UInt8(ascii: ")") || before == UInt8(ascii: "]")
                if postfix, after != UInt8(ascii: "=") { return "forced: handle the failure" }
            }
            return nil
        }
    }

    private static func findings(
        in file: SourceFile, _ judge: (String) -> String?
    ) -> [Violation] {
        file.text.code.enumerated().compactMap { number, line in
            judge(line).map { file.violation(at: number, $0) }
        }
    }

    /// Whether `word` stands in `line` with no letter or digit before it.
    static func containsWord(_ word: String, in line: String) -> Bool {
        let wanted = Array(word.utf8)
        guard line.utf8.count >= wanted.count, line.contains(word) else { return false }
        let bytes = Array(line.utf8)
        return (0...(bytes.count - wanted.count)).contains { start in
            guard start == 0 || !isWord(bytes[start - 1]) && bytes[start - 1] != UInt8(ascii: ".")
            else { return false }
            let end = start + wanted.count
            let closed = end == bytes.count || !isWord(bytes[end]) || !isWord(bytes[end - 1])
            return closed && bytes[start..<end].elementsEqual(wanted)
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || Character(UnicodeScalar(byte)).isLetter
            || Character(UnicodeScalar(byte)).isNumber
    }
}
