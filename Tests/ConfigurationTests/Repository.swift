import FoundationEssentials

/// The files of the repository that tests of this target read, compare and, when asked, rewrite.
enum Repository {
    static let root: String = {
        var parts = #filePath.split(separator: "/").dropLast(3)
        parts = parts.filter { !$0.isEmpty }
        return "/" + parts.joined(separator: "/")
    }()

    static let fixtures = root + "/Tests/ConfigurationTests/Fixtures"

    /// With TURNSTONE_REGENERATE=1 in the environment generated files are rewritten, for a look
    /// at `git diff` before they are committed.
    static let regenerates = ProcessInfo.processInfo.environment["TURNSTONE_REGENERATE"] == "1"

    /// The names of all fixtures, without their extension, sorted.
    static let fixtureNames: [String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: fixtures)) ?? []
        return names.filter { $0.hasSuffix(".conf") }.map { String($0.dropLast(5)) }.sorted()
    }()

    static func bytes(_ path: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(filePath: path)))
    }

    static func text(_ path: String) throws -> String {
        String(decoding: try bytes(path), as: UTF8.self)
    }

    /// The file's text, after it was replaced by `generated` when asked to.
    static func golden(_ path: String, generated: String) throws -> String {
        if regenerates { try Data(generated.utf8).write(to: URL(filePath: path), options: .atomic) }
        return try text(path)
    }
}
