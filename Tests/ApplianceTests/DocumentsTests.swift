import FoundationEssentials
import Testing

@testable import Admin

/// What the documents tell an operator to type is understood by this program.
struct DocumentsTests {
    private static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        .dropLast(3).joined(separator: "/")

    private static func text(_ path: String) throws -> String {
        let data = try #require(FileManager.default.contents(atPath: root + "/" + path))
        return String(decoding: data, as: UTF8.self)
    }

    private static var documents: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root + "/docs")) ?? []
        return ["README.md"] + names.filter { $0.hasSuffix(".md") }.sorted().map { "docs/" + $0 }
    }

    /// The lines of code that begin with the program, without remarks behind them.
    private static func commands(in text: String) -> [String] {
        var isFenced = false
        return text.split(separator: "\n", omittingEmptySubsequences: false).compactMap { line in
            if line.hasPrefix("```") { isFenced.toggle() }
            guard isFenced || line.hasPrefix("    ") else { return nil }
            var words = line.drop { $0 == " " || $0 == "$" }
            for prefix in ["sudo ", "-u turnstone "] where words.hasPrefix(prefix) {
                words = words.dropFirst(prefix.count)
            }
            guard words.hasPrefix("turnstone ") else { return nil }
            let remark = words.firstRange(of: "  ")?.lowerBound ?? words.endIndex
            return String(words[..<remark])
        }
    }

    /// docs/admin.md shows syntax, with words in the place of values.
    private static var guides: [String] { documents.filter { $0 != "docs/admin.md" } }

    @Test(arguments: guides)
    func commandsAreUnderstood(document: String) throws {
        for line in Self.commands(in: try Self.text(document)) {
            // Lines of syntax, not of commands.
            if line.contains("[") || line.contains("|") || line.contains("...") { continue }
            let words = line.split(separator: " ").dropFirst().map { word in
                switch word {
                case "ID": "0-17-3"
                default: String(word)
                }
            }
            #expect(throws: Never.self, "\(line)") { _ = try Command(words) }
        }
    }

    @Test func operatorsFindEveryDocument() throws {
        let all = try Self.documents.map { try Self.text($0) }.joined()
        for document in Self.documents where document != "README.md" {
            let name = String(document.dropFirst(5))
            #expect(all.contains("(\(name)") || all.contains("(\(document)"), "\(document)")
        }
    }

    /// Links from one document to another, and to their headings, lead somewhere.
    @Test(arguments: documents)
    func linksLeadSomewhere(document: String) throws {
        let text = try Self.text(document)
        let folder = document.hasPrefix("docs/") ? "docs/" : ""
        for part in text.split(separator: "](").dropFirst() {
            let target = String(part.prefix { $0 != ")" })
            if target.contains("://") || target.hasPrefix("#") { continue }
            let path = target.prefix { $0 != "#" }
            let full =
                path.hasPrefix("../")
                ? String(path.dropFirst(3)) : folder + String(path)
            #expect(
                FileManager.default.fileExists(atPath: Self.root + "/" + full),
                "\(document): \(target)")
        }
    }
}
