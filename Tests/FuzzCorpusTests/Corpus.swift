import FoundationEssentials
import FuzzSubjects

/// The inputs that are kept in `Tests/FuzzCorpus`, one file each, a folder for each parser.
enum Corpus {
    /// In the order of their names; nil when there is no folder for `target`.
    static func inputs(of target: FuzzTarget) -> [[UInt8]]? {
        let folder = tests + "/FuzzCorpus/" + target.rawValue
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            return nil
        }
        return names.sorted().compactMap { name in
            FileManager.default.contents(atPath: folder + "/" + name).map { Array($0) }
        }
    }

    /// The folder above this file's.
    private static let tests = String(
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
            .joined(separator: "/"))
}
