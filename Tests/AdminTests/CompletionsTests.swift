import Testing

@testable import Admin

@Suite struct CompletionsTests {
    private let completions = Completions(keys: [
        .init("realm", value: "TEXT", about: "Realm of all"),
        .init("verbose", value: nil, about: "Say more"),
        .init("cert", value: "PATH", about: "The server's certificate"),
    ])

    @Test(arguments: Shell.allCases)
    func everyCommandAndOptionIsThere(shell: Shell) {
        let script = completions.script(for: shell)
        for spec in CommandTable.all {
            #expect(spec.path.allSatisfy { script.contains($0) }, "\(spec.name)")
            for name in spec.options.flatMap(\.names) where name != "--KEY" {
                let word = shell == .fish ? String(name.drop { $0 == "-" }) : name
                #expect(script.contains(word), "\(name) of \(spec.name)")
            }
        }
        #expect(script.contains("verbose") && !script.contains("--KEY"))
    }

    @Test func bashTellsFilesFromOtherValues() {
        let script = completions.script(for: .bash)
        #expect(script.contains("-c|--cert) options= words= files=yes ;;"))
        #expect(script.contains("--realm) options= words= files= ;;"))
        #expect(script.contains("words='bash zsh fish'"))
    }

    @Test func quotesCannotLeaveTheirString() {
        let odd = Completions(keys: [.init("it", value: "TEXT", about: "what's [in] a: \\b")])
        #expect(odd.script(for: .fish).contains("-d 'what\\'s [in] a: \\\\b'"))
        #expect(odd.script(for: .zsh).contains("'--it[whats \\[in\\] a\\: \\\\b]:TEXT:'"))
    }
}
