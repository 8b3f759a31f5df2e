import FoundationEssentials

/// A finding of one rule: where, and what is wrong there.
struct Violation: CustomStringConvertible, Equatable {
    let path: String
    let line: Int
    let message: String

    var description: String { "\(path):\(line): \(message)" }
}

/// One text file of the repository, or a made-up one to try a rule on.
struct SourceFile {
    /// Relative to the repository, as in `Sources/STUN/STUN.swift`.
    let path: String
    let text: SourceText

    init(path: String, _ text: String) {
        self.path = path
        self.text = SourceText(text)
    }

    /// `Sources`, `Tests`, `scripts` and so on.
    var area: String { component(0) }
    /// The target below `Sources` or `Tests`; empty elsewhere.
    var target: String { component(1) }
    var name: String { String(path.split(separator: "/").last ?? "") }
    var stem: String { String(name.split(separator: ".").first ?? "") }
    var kind: String { String(name.split(separator: ".").last ?? "") }

    func violation(at line: Int, _ message: String) -> Violation {
        Violation(path: path, line: line + 1, message: message)
    }

    private func component(_ index: Int) -> String {
        let parts = path.split(separator: "/")
        return index < parts.count - 1 ? String(parts[index]) : ""
    }
}

/// The files of this repository.
struct Repository: CustomStringConvertible {
    static let shared = Repository()

    let root: String
    /// Every path in the rooms that hold code and text, relative to the root, sorted.
    let paths: [String]
    /// The Swift and C files of `Sources` and `Tests`.
    let code: [SourceFile]
    /// Scripts, programs for the interop runs and documents.
    let texts: [SourceFile]

    private static let rooms = [
        "Sources", "Tests", "etc", "systemd", "scripts", "docs", ".ci",
    ]
    private static let codeKinds = ["swift", "c", "h"]
    private static let textKinds = [
        "md", "py", "sh", "go", "conf", "service", "test", "run", "format", "bench", "fuzz",
    ]

    private init() {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        root = parts.joined(separator: "/")
        let manager = FileManager.default
        var found = (try? manager.contentsOfDirectory(atPath: root)) ?? []
        for room in Self.rooms {
            let below = (try? manager.subpathsOfDirectory(atPath: root + "/" + room)) ?? []
            found += below.map { room + "/" + $0 }
        }
        let paths = found.sorted()
        self.paths = paths
        let root = root
        func files(_ kinds: [String]) -> [SourceFile] {
            paths.compactMap { path in
                let name = path.split(separator: "/").last ?? ""
                guard let kind = name.split(separator: ".").last.map(String.init),
                    kinds.contains(kind),
                    let data = manager.contents(atPath: root + "/" + path)
                else { return nil }
                return SourceFile(path: path, String(decoding: data, as: UTF8.self))
            }
        }
        code = files(Self.codeKinds)
        texts = files(Self.textKinds)
    }

    var description: String { "Repository(\(paths.count) files)" }

    /// The Swift and C files of the product and its development programs.
    var sources: [SourceFile] { code.filter { $0.area == "Sources" } }

    func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root + "/" + path)
    }

    func isFile(_ path: String) -> Bool {
        var isFolder = false
        return FileManager.default.fileExists(atPath: root + "/" + path, isDirectory: &isFolder)
            && !isFolder
    }

    func read(_ path: String) -> String? {
        FileManager.default.contents(atPath: root + "/" + path)
            .map { String(decoding: $0, as: UTF8.self) }
    }
}
