import FoundationEssentials
import Primitives

/// The lines of `peers.txt`.
enum PeerCorpus {
    struct Entry: Sendable, CustomStringConvertible {
        let text: String
        let address: IPAddress
        /// `allowed`, or the label of a class.
        let verdict: String

        var description: String { "\(text) \(verdict)" }
    }

    static let entries: [Entry] = {
        let file = #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/peers.txt"
        guard let data = try? Data(contentsOf: URL(filePath: "/" + file)) else { return [] }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").compactMap { line in
            let words = line.prefix { $0 != "#" }.split(separator: " ")
            guard words.count == 2, let address = IPAddress(words[0]) else {
                precondition(words.isEmpty, "cannot read \(line)")
                return nil
            }
            return Entry(text: String(words[0]), address: address, verdict: String(words[1]))
        }
    }()
}
