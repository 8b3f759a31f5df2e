import Primitives

/// Reads what `iptables-save` and `ip6tables-save` print; ufw's rules are among them.
///
/// An option that is not known makes its rule unclear, never wrong.
struct IptablesReader {
    private(set) var tables: [FirewallTable] = []
    private let family: String

    /// Where the chains of each table hang, with the kernel's priorities
    /// (linux/netfilter_ipv4.h).
    private static let hooks: [String: (hook: FirewallHook, priority: Int)] = [
        "raw PREROUTING": (.prerouting, -300), "mangle PREROUTING": (.prerouting, -150),
        "nat PREROUTING": (.prerouting, -100), "mangle INPUT": (.input, -150),
        "filter INPUT": (.input, 0), "security INPUT": (.input, 50),
    ]

    init(_ text: String, family: AddressFamily) {
        self.family = family == .ipv4 ? "ip" : "ip6"
        for line in text.split(whereSeparator: \.isNewline) {
            switch line.first {
            case "*":
                let name = String(line.dropFirst())
                tables.append(FirewallTable(tool: .iptables, family: self.family, name: name))
            case ":": addChain(line)
            case "-": addRule(line)
            default: continue
            }
        }
    }

    /// `:INPUT DROP [0:0]`.
    private mutating func addChain(_ line: Substring) {
        let words = line.dropFirst().split(separator: " ")
        guard !tables.isEmpty, let name = words.first.map(String.init) else { return }
        let last = tables.count - 1
        var chain = FirewallChain(name: name)
        if let place = Self.hooks["\(tables[last].name) \(name)"] {
            chain.hook = place.hook
            chain.priority = place.priority
        }
        chain.drops = words.count > 1 && words[1] == "DROP"
        tables[last].chains[name] = chain
    }

    /// `-A INPUT -p udp -m udp --dport 3478 -j ACCEPT`.
    private mutating func addRule(_ line: Substring) {
        var words = Self.words(line)
        guard !tables.isEmpty, words.count > 2, words[0] == "-A" else { return }
        let last = tables.count - 1
        let chain = words[1]
        words.removeFirst(2)
        let isTarget = { (name: String) in tables[last].chains[name] != nil }
        let rule = IptablesRule.read(words, text: String(line), isChain: isTarget)
        tables[last].chains[chain]?.rules.append(rule)
    }

    /// Words apart by blanks; quotes hold one together, with a backslash before a quote in it.
    static func words(_ line: Substring) -> [String] {
        var words: [String] = []
        var word = ""
        var isQuoted = false
        var isEscaped = false
        var isOpen = false
        for character in line {
            if isEscaped {
                word.append(character)
                isEscaped = false
            } else if character == "\\", isQuoted {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
                isOpen = true
            } else if character == " ", !isQuoted {
                if isOpen { words.append(word) }
                word = ""
                isOpen = false
            } else {
                word.append(character)
                isOpen = true
            }
        }
        if isOpen { words.append(word) }
        return words
    }
}
