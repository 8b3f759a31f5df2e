/// What people read: names, comments, documents.
enum TextRules {
    /// Names that say nothing about what is inside.
    static let emptyNames = ["Util", "Helper", "Manager", "Common", "Misc"]

    /// Names that a rule would refuse and somebody else gave, with who.
    static let foreignNames: [String: String] = [
        "ServiceManager": "systemd calls itself so: sd_notify(3)"
    ]

    /// Hosts that text and code may name: standards, example names, and this machine.
    static let hosts: [String] = [
        "www.rfc-editor.org", "datatracker.ietf.org", "www.iana.org", "www.apache.org",
        "www.w3.org", "swift.org", "www.swift.org", "docs.swift.org", "github.com", "localhost",
        "127.0.0.1",
        "[::1]", "example.com", "example.org", "json.schemastore.org", "keepachangelog.com",
        "semver.org", "www.freedesktop.org", "www.w3.org",
    ]

    /// First folders of paths that exist only on somebody's own machine.
    static let privateFolders = ["home", "Users", "root", "work"]

    static func checkNames(_ file: SourceFile) -> [Violation] {
        let path =
            isEmptyName(file.path)
            ? [file.violation(at: 0, "the path says nothing about what is inside")] : []
        let kinds: Set<String> = ["struct", "class", "enum", "protocol", "actor", "typealias"]
        let types = file.text.code.enumerated().flatMap { number, line in
            let words = line.split(whereSeparator: { " :<({".contains($0) }).map(String.init)
            return zip(words, words.dropFirst()).compactMap { kind, name -> Violation? in
                guard kinds.contains(kind), isEmptyName(name) else { return nil }
                return file.violation(at: number, "\(name) says nothing about what is inside")
            }
        }
        return path + types
    }

    private static func isEmptyName(_ name: String) -> Bool {
        !foreignNames.keys.contains { name.contains($0) }
            && emptyNames.contains { name.contains($0) }
    }

    static func checkNotes(_ file: SourceFile) -> [Violation] {
        // Spelled in halves, so that this line is not its own finding.
        let notes = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]
        return file.text.lines.enumerated().compactMap { number, line in
            notes.first { WordRules.containsWord($0, in: line) }
                .map { file.violation(at: number, "\($0): file an issue, or do it") }
        }
    }

    /// A comment that reads like a statement is most likely one that was switched off.
    static func checkDeadCode(_ file: SourceFile) -> [Violation] {
        file.text.comments.enumerated().compactMap { number, line in
            guard let start = line.firstRange(of: "//") else { return nil }
            let text = line[start.upperBound...]
            guard !text.hasPrefix("/"), looksLikeCode(text.trimmed) else { return nil }
            return file.violation(at: number, "a comment that looks like code: \(text.trimmed)")
        }
    }

    static func looksLikeCode(_ text: String) -> Bool {
        if text == "{" || text == "}" || text.hasSuffix(" {") || text.hasSuffix("};") {
            return true
        }
        let words = text.split(separator: " ").map(String.init)
        guard let first = words.first else { return false }
        if first == "let" || first == "var", words.count > 2 {
            return words[1].hasSuffix(":") || words[2] == "="
        }
        if first == "import" { return words.count == 2 }
        if text.hasSuffix(";") { return text.contains("=") || text.contains("(") }
        if first == "return", text.hasSuffix(")") { return words.count == 2 }
        let call = first.prefix { $0 != "(" }
        return words.count == 1 && call.contains(".") && first.hasSuffix(")")
            && call.count < first.count
    }

    static func checkPlaces(_ file: SourceFile) -> [Violation] {
        file.text.lines.enumerated().flatMap { number, line -> [Violation] in
            let folders = privateFolders.filter {
                line.contains(" /\($0)/") || line.contains("\"/\($0)/")
            }
            .map { file.violation(at: number, "/\($0)/ is a path of one machine") }
            return folders
                + hosts(in: line).filter { !allows($0) }
                .map { file.violation(at: number, "\($0) is not a host that text may name") }
        }
    }

    /// The host of every web address in a line.
    static func hosts(in line: String) -> [String] {
        var found: [String] = []
        var rest = line[...]
        while let mark = rest.firstRange(of: "://") {
            let scheme = rest[..<mark.lowerBound]
            rest = rest[mark.upperBound...]
            guard scheme.hasSuffix("http") || scheme.hasSuffix("https") else { continue }
            let host =
                rest.first == "["
                ? rest.prefix { $0 != "]" } : rest.prefix { !"/ :)>\"'`,$\\{".contains($0) }
            if !host.isEmpty { found.append(String(host)) }
        }
        return found
    }

    private static func allows(_ host: String) -> Bool {
        // Without a dot it is a name from somebody's own network, or a made-up one.
        !host.contains(".") && !host.contains("[")
            // Addresses for documentation (RFC 5737, RFC 3849), and this machine.
            || host.hasPrefix("192.0.2.") || host.hasPrefix("[2001:db8:") || host == "[::1"
            || hosts.contains(host) || host.hasSuffix(".example.com")
            || host.hasSuffix(".example.org")
            || host.hasSuffix(".example") || host.hasSuffix(".invalid")
    }
}

extension Substring {
    fileprivate var trimmed: String {
        var text = self
        while text.first == " " { text = text.dropFirst() }
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }
}
