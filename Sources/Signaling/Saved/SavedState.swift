import JSON
import Primitives

/// Why a saved state cannot be used. The file is put aside, the daemon starts without it.
package enum SavedStateDefect: Error, Hashable, Sendable {
    /// It does not begin like one.
    case foreign
    case version(UInt32)
    case truncated
    case damaged
    /// Sound, and yet not what this version writes.
    case unreadable
    case tooOld(seconds: UInt64)
}

extension SavedStateDefect: CustomStringConvertible {
    package var description: String {
        switch self {
        case .foreign: "this is no saved state of calls"
        case .version(let version): "it was written in format \(version), which is not known here"
        case .truncated: "its end is missing"
        case .damaged: "its checksum does not match"
        case .unreadable: "it lacks something that belongs into it"
        case .tooOld(let seconds): "it is \(seconds) s old, and nobody waits that long"
        }
    }
}

/// The sessions and calls of a daemon between two runs of it.
struct SavedState: Codable {
    struct SavedSession: Codable {
        var id: SessionID
        var device: DeviceID
        var isAnonymous: Bool
        var claims: TokenClaims
        var capabilities: Set<String>
        var key: ResumeKey
        var lastSequence: UInt64
        var acknowledged: UInt64
        var lostThrough: UInt64
        var entries: [SavedEntry]
        var lastID: Int64
        var answers: [SavedAnswer]
        var watched: Set<UserID>
        /// The last frame of its client.
        var lastInbound: Stamp
        var calls: Set<CallID>
    }

    struct SavedEntry: Codable {
        var sequence: UInt64
        var replay: ServerMessage.Replay
        var frame: String
    }

    struct SavedAnswer: Codable {
        var id: Int64
        var nextSequence: UInt64
        var frame: String
    }

    var epoch: String
    var savedAtUnixSeconds: UInt64
    var sessions: [SavedSession]
    var calls: [Call]
}

/// The frame around a saved state: eight bytes of name, four of version, eight of length, the
/// state, eight of checksum; numbers in network order.
enum SavedFormat {
    private static let name = Array("TSCALLS\n".utf8)
    static let version: UInt32 = 1

    static func wrap(_ body: [UInt8]) -> [UInt8] {
        var bytes = name
        bytes += big(UInt64(version), 4)
        bytes += big(UInt64(body.count), 8)
        bytes += body
        bytes += big(checksum(bytes[...]), 8)
        return bytes
    }

    static func unwrap(_ bytes: [UInt8]) throws(SavedStateDefect) -> [UInt8] {
        let head = name.count + 12
        guard bytes.starts(with: name.prefix(bytes.count)), !bytes.isEmpty else { throw .foreign }
        guard bytes.count >= head + 8 else { throw .truncated }
        let version = UInt32(truncatingIfNeeded: number(bytes[name.count..<name.count + 4]))
        guard version == Self.version else { throw .version(version) }
        let length = number(bytes[name.count + 4..<head])
        guard let count = Int(exactly: length), count <= bytes.count - head - 8 else {
            throw .truncated
        }
        guard count == bytes.count - head - 8,
            number(bytes[(head + count)...]) == checksum(bytes[..<(head + count)])
        else { throw .damaged }
        return Array(bytes[head..<head + count])
    }

    private static func big(_ number: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * (count - 1 - $0))) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// FNV-1a, 64 bits: against accidents of disks, not against people, who could write the file.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash
    }
}
