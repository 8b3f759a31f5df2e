/// A shell that words are completed in.
package enum Shell: String, Hashable, Sendable, CaseIterable {
    case bash
    case zsh
    case fish
}

/// The scripts by which shells complete this program's words, made from the command table.
package struct Completions {
    /// A key of the configuration file, which `serve` takes as an option.
    package struct FileKey {
        let option: OptionSpec

        /// `value` stands for its value, with PATH in it where that is one; nil when it may be left
        /// out.
        package init(_ name: String, value: String?, about summary: String) {
            option = OptionSpec("--" + name, value: value, about: summary)
        }
    }

    private let keys: [FileKey]
    private let specs: [CommandSpec]

    package init(keys: [FileKey]) { self.init(keys: keys, specs: CommandTable.all) }

    init(keys: [FileKey], specs: [CommandSpec]) {
        self.keys = keys
        self.specs = specs
    }

    package func script(for shell: Shell) -> String {
        switch shell {
        case .bash: bash
        case .zsh: zsh
        case .fish: fish
        }
    }

    /// A first word, and what may follow it: one command, or a group of them.
    private struct Entry {
        let word: String
        let summary: String
        let members: [CommandSpec]
        var command: CommandSpec? { members.first.flatMap { $0.path.count == 1 ? $0 : nil } }
    }

    private var entries: [Entry] {
        var entries: [Entry] = []
        for spec in specs where !entries.contains(where: { $0.word == spec.path[0] }) {
            let members = specs.filter { $0.path[0] == spec.path[0] }
            let words = members.map { $0.path.dropFirst().joined(separator: " ") }
            let summary =
                spec.path.count == 1 ? spec.summary : words.joined(separator: ", ")
            entries.append(Entry(word: spec.path[0], summary: summary, members: members))
        }
        return entries
    }

    /// `--KEY` of `serve` stands for every key of the file.
    private func options(of spec: CommandSpec) -> [OptionSpec] {
        (spec.options + [.help]).flatMap { option in
            option.names == ["--KEY"] ? keys.map(\.option) : [option]
        }
    }

    /// Values and operands that are names of files, told by what stands for them in help.
    private static func isFile(_ value: String) -> Bool {
        value.contains("FILE") || value.contains("PATH")
    }

    /// The words that an operand can be: those of `bash|zsh|fish`.
    private static func choices(_ operands: String) -> [String] {
        let words = operands.split(separator: "|").map(String.init)
        return words.count > 1
            && words.allSatisfy { word in
                word.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "." || $0 == "-" }
            } ? words : []
    }
}

// MARK: - bash

extension Completions {
    private var bash: String {
        var lines = [
            "# Completes the words of turnstone in bash; made by `turnstone completions bash`.",
            "_turnstone() {",
            "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}",
            "    local options= words= files=",
            "    COMPREPLY=()",
            "    if [ \"$COMP_CWORD\" -eq 1 ]; then",
            "        words='\(entries.map(\.word).joined(separator: " ")) help --help --version'",
            "    else",
            "        case ${COMP_WORDS[1]} in",
        ]
        for entry in entries {
            lines.append("        \(entry.word))")
            if let command = entry.command {
                lines += bash(command).map { "            " + $0 }
            } else {
                lines += bash(entry.members).map { "            " + $0 }
            }
            lines.append("            ;;")
        }
        lines += [
            "        esac",
            "    fi",
            "    [[ $current != -* ]] || words=$options",
            "    [ -z \"$files\" ] || [[ $current == -* ]] || {",
            "        compopt -o filenames 2>/dev/null",
            "        COMPREPLY=($(compgen -f -- \"$current\"))",
            "    }",
            "    [ -z \"$words\" ] || COMPREPLY+=($(compgen -W \"$words\" -- \"$current\"))",
            "}",
            "complete -F _turnstone turnstone",
        ]
        return lines.joined(separator: "\n")
    }

    private func bash(_ members: [CommandSpec]) -> [String] {
        var lines = [
            "if [ \"$COMP_CWORD\" -eq 2 ]; then",
            "    words='\(members.map { $0.path[1] }.joined(separator: " ")) --help'",
            "else",
            "    case ${COMP_WORDS[2]} in",
        ]
        for member in members {
            lines.append("    \(member.path[1]))")
            lines += bash(member).map { "        " + $0 }
            lines.append("        ;;")
        }
        return lines + ["    esac", "fi"]
    }

    /// Sets `options`, and `words` or `files` for what is no option.
    private func bash(_ spec: CommandSpec) -> [String] {
        let options = options(of: spec)
        var lines = ["options='\(options.flatMap(\.names).joined(separator: " "))'"]
        let choices = Self.choices(spec.operands)
        if !choices.isEmpty { lines.append("words='\(choices.joined(separator: " "))'") }
        if Self.isFile(spec.operands) && !spec.takesEverything { lines.append("files=yes") }
        let taking = options.filter { $0.value != nil }
        let files = taking.filter { Self.isFile($0.value ?? "") }.flatMap(\.names)
        let others = taking.filter { !Self.isFile($0.value ?? "") }.flatMap(\.names)
        guard !taking.isEmpty else { return lines }
        lines.append("case $before in")
        if !files.isEmpty {
            lines.append("    \(files.joined(separator: "|"))) options= words= files=yes ;;")
        }
        if !others.isEmpty {
            lines.append("    \(others.joined(separator: "|"))) options= words= files= ;;")
        }
        return lines + ["esac"]
    }
}

// MARK: - zsh

extension Completions {
    private var zsh: String {
        var lines = [
            "#compdef turnstone",
            "# Completes the words of turnstone in zsh; made by `turnstone completions zsh`.",
            "_turnstone() {",
            "    local -a commands",
            "    if (( CURRENT == 2 )); then",
            "        commands=(",
        ]
        lines += entries.map { "            " + Self.zshPair($0.word, $0.summary) }
        lines += ["        )", "        _describe command commands", "        return", "    fi"]
        lines.append("    case $words[2] in")
        for entry in entries {
            lines.append("    \(entry.word))")
            if let command = entry.command {
                lines += zsh(command).map { "        " + $0 }
            } else {
                lines += zsh(entry.members).map { "        " + $0 }
            }
            lines.append("        ;;")
        }
        lines += ["    esac", "}", "_turnstone \"$@\""]
        return lines.joined(separator: "\n")
    }

    private func zsh(_ members: [CommandSpec]) -> [String] {
        var lines = ["if (( CURRENT == 3 )); then", "    commands=("]
        lines += members.map { "        " + Self.zshPair($0.path[1], $0.summary) }
        lines += ["    )", "    _describe command commands", "    return", "fi"]
        lines.append("case $words[3] in")
        for member in members {
            lines.append("\(member.path[1]))")
            lines += zsh(member).map { "    " + $0 }
            lines.append("    ;;")
        }
        return lines + ["esac"]
    }

    private func zsh(_ spec: CommandSpec) -> [String] {
        // _arguments sees the command's own words alone.
        let depth = spec.path.count
        var lines = ["shift \(depth) words", "(( CURRENT -= \(depth) ))", "_arguments \\"]
        for option in options(of: spec) {
            for name in option.names {
                let about = Self.zshText(option.summary)
                let value = option.value.map { value in
                    ":\(value):" + (Self.isFile(value) ? "_files" : "")
                }
                lines.append("    '\(name)[\(about)]\(value ?? "")' \\")
            }
        }
        let choices = Self.choices(spec.operands)
        if !choices.isEmpty {
            lines.append("    '*:word:(\(choices.joined(separator: " ")))'")
        } else if Self.isFile(spec.operands) && !spec.takesEverything {
            lines.append("    '*:file:_files'")
        } else {
            lines.append("    '*: :'")
        }
        return lines
    }

    private static func zshPair(_ word: String, _ about: String) -> String {
        "'\(word):\(about.filter { $0 != "'" })'"
    }

    /// Brackets and colons mean something in an option of _arguments.
    private static func zshText(_ text: String) -> String {
        var out = ""
        for character in text where character != "'" {
            if "[]:\\".contains(character) { out.append("\\") }
            out.append(character)
        }
        return out
    }
}

// MARK: - fish

extension Completions {
    private var fish: String {
        var lines = [
            "# Completes the words of turnstone in fish; made by `turnstone completions fish`.",
            "complete -c turnstone -f",
            "complete -c turnstone -n __fish_use_subcommand -l version -d 'Print the version.'",
        ]
        for entry in entries {
            let about = Self.fishText(entry.summary)
            lines.append(
                "complete -c turnstone -n __fish_use_subcommand -a \(entry.word) -d '\(about)'")
        }
        for spec in specs {
            let first = "__fish_seen_subcommand_from \(spec.path[0])"
            guard spec.path.count > 1 else {
                lines += fish(spec, when: first)
                continue
            }
            let members = specs.filter { $0.path[0] == spec.path[0] }.map { $0.path[1] }
            let none = "not __fish_seen_subcommand_from \(members.joined(separator: " "))"
            lines.append(
                "complete -c turnstone -n '\(first); and \(none)' -a \(spec.path[1])"
                    + " -d '\(Self.fishText(spec.summary))'")
            lines += fish(
                spec, when: "\(first); and __fish_seen_subcommand_from \(spec.path[1])")
        }
        return lines.joined(separator: "\n")
    }

    private func fish(_ spec: CommandSpec, when condition: String) -> [String] {
        let begin = "complete -c turnstone -n '\(condition)'"
        var lines = options(of: spec).map { option in
            let names = option.names.map { name in
                name.hasPrefix("--") ? "-l \(name.dropFirst(2))" : "-s \(name.dropFirst())"
            }
            let value = option.value.map { Self.isFile($0) ? " -r -F" : " -x" } ?? ""
            let about = Self.fishText(option.summary)
            return "\(begin) \(names.joined(separator: " "))\(value) -d '\(about)'"
        }
        let choices = Self.choices(spec.operands)
        if !choices.isEmpty { lines.append("\(begin) -a '\(choices.joined(separator: " "))'") }
        if Self.isFile(spec.operands) && !spec.takesEverything { lines.append("\(begin) -F") }
        return lines
    }

    private static func fishText(_ text: String) -> String {
        String(text.flatMap { "'\\".contains($0) ? ["\\", $0] : [$0] })
    }
}
