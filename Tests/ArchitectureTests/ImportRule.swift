/// Laws 1, 2 and 4: which room may see which, as one table (ARCHITECTURE.md, "Rooms").
///
/// A target that is not in the table fails the test, so that a new room is a decision.
enum ImportRule {
    struct Room {
        let level: Int
        let imports: Set<String>
    }

    /// Rooms of the same level that may see each other, with the reason.
    static let sameLevel: [String: String] = [
        "Admin>HTTP": "the admin socket speaks HTTP; both are control plane and do no I/O"
    ]

    static let rooms: [String: Room] = [
        "CPacket": Room(level: 0, imports: []),
        "Primitives": Room(level: 0, imports: ["Synchronization"]),
        "JSON": Room(level: 0, imports: []),
        // `Swift` by name: normalisation of strings is only visible that way (OpaqueString).
        "STUN": Room(level: 1, imports: ["Primitives", "Swift"]),
        "TURN": Room(level: 2, imports: ["Primitives", "STUN", "Synchronization"]),
        "Forwarding": Room(
            level: 2, imports: ["CPacket", "Primitives", "STUN", "Synchronization"]),
        "Reception": Room(level: 2, imports: ["Primitives", "STUN", "Synchronization"]),
        "HTTP": Room(level: 2, imports: ["Primitives"]),
        "Signaling": Room(level: 2, imports: ["JSON", "Primitives"]),
        "WebAPI": Room(level: 3, imports: ["HTTP", "JSON", "Primitives", "Signaling"]),
        "Probe": Room(level: 2, imports: ["JSON", "Primitives", "STUN"]),
        "Doctor": Room(level: 3, imports: ["JSON", "Primitives", "Probe"]),
        "Admin": Room(level: 2, imports: ["Primitives", "HTTP", "FoundationEssentials"]),
        "Configuration": Room(level: 2, imports: ["Primitives", "FoundationEssentials"]),
        "CLinux": Room(level: 3, imports: ["CPacket"]),
        "LinuxIO": Room(
            level: 4, imports: ["CLinux", "CPacket", "Glibc", "Primitives", "Synchronization"]),
        "COpenSSL": Room(level: 3, imports: []),
        "Crypto": Room(
            level: 4, imports: ["COpenSSL", "Primitives", "STUN", "Synchronization"]),
        "CWeb": Room(level: 0, imports: []),
        "Appliance": Room(
            level: 5,
            imports: [
                "Admin", "CPacket", "CWeb", "Configuration", "Crypto", "Forwarding",
                "FoundationEssentials", "HTTP", "JSON", "LinuxIO", "Primitives", "Reception",
                "STUN", "Signaling", "Synchronization", "TURN", "WebAPI",
            ]),
        "ProbeIO": Room(
            level: 5, imports: ["Crypto", "LinuxIO", "Primitives", "Probe", "Synchronization"]),
        "DoctorIO": Room(
            level: 6,
            imports: [
                "Admin", "Appliance", "Configuration", "Crypto", "Doctor", "LinuxIO", "Primitives",
                "Probe", "ProbeIO",
            ]),
        "turnstone": Room(
            level: 7,
            imports: [
                "Admin", "Appliance", "Configuration", "Doctor", "DoctorIO",
                "FoundationEssentials", "LinuxIO", "Primitives", "Probe", "ProbeIO",
            ]),
        "Simulator": Room(
            level: 5,
            imports: ["CPacket", "Crypto", "Forwarding", "Primitives", "STUN", "TURN"]),
        // Development only: the generator's packet socket, which the product must not link.
        "CBench": Room(level: 3, imports: []),
        "bench": Room(
            level: 6,
            imports: [
                "CBench", "CPacket", "Crypto", "LinuxIO", "Primitives", "STUN", "Synchronization",
            ]),
        "websocket-echo": Room(level: 6, imports: ["Appliance", "HTTP", "LinuxIO"]),
        "FuzzSubjects": Room(
            level: 6,
            imports: [
                "CPacket", "Configuration", "Crypto", "Forwarding", "HTTP", "JSON", "Primitives",
                "Probe", "Reception", "STUN", "Signaling", "TURN", "WebAPI",
            ]),
        "CFuzzer": Room(level: 0, imports: []),
        "fuzz": Room(level: 7, imports: ["CFuzzer", "FuzzSubjects", "Synchronization"]),
    ]

    /// Modules of the toolchain and the system: not rooms of this house.
    static let outside: Set<String> = [
        "FoundationEssentials", "Glibc", "Swift", "Synchronization",
    ]

    static func check(_ file: SourceFile) -> [Violation] {
        guard let room = rooms[file.target] else {
            return [file.violation(at: 0, "\(file.target) is not in the table of rooms")]
        }
        return imports(of: file).compactMap { line, module in
            room.imports.contains(module)
                ? nil : file.violation(at: line, "\(file.target) may not import \(module)")
        }
    }

    /// Law 4 for C: only CLinux includes system headers, only COpenSSL those of OpenSSL. CBench is
    /// the generator's own door.
    static func checkIncludes(_ file: SourceFile) -> [Violation] {
        let plain: Set<String> = ["stdint.h", "stddef.h", "stdbool.h", "string.h", "assert.h"]
        return file.text.lines.enumerated().compactMap { number, line in
            guard line.hasPrefix("#include <") else { return nil }
            let header = String(line.dropFirst(10).prefix { $0 != ">" })
            let allowed =
                header.hasPrefix("openssl/")
                ? file.target == "COpenSSL"
                : plain.contains(header) || ["CLinux", "CBench"].contains(file.target)
            return allowed
                ? nil : file.violation(at: number, "\(file.target) may not include <\(header)>")
        }
    }

    /// Every import of a Swift file with its line.
    static func imports(of file: SourceFile) -> [(line: Int, module: String)] {
        let kinds: Set<String> = [
            "struct", "class", "enum", "protocol", "func", "var", "typealias",
        ]
        return file.text.code.enumerated().compactMap { number, line in
            let words = line.split(separator: " ").map(String.init)
            guard let at = words.firstIndex(of: "import"), at + 1 < words.count,
                words[..<at].allSatisfy({ isModifier($0) })
            else { return nil }
            let named = kinds.contains(words[at + 1]) && at + 2 < words.count
            let module = words[named ? at + 2 : at + 1]
            return (number, String(module.split(separator: ".").first ?? ""))
        }
    }

    private static func isModifier(_ word: String) -> Bool {
        word.hasPrefix("@")
            || ["package", "public", "internal", "private", "fileprivate"].contains(word)
    }
}
