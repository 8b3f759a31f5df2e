import Doctor
import LinuxIO
import Primitives

/// The rules of the firewall, as its own tools print them.
enum FirewallReader {
    /// Sets of whole countries make some megabytes.
    private static let bytesMax = 32 << 20

    static func read() -> Look<FirewallTexts> {
        guard Process.user == 0 else { return .closed("only root sees the rules") }
        var texts = FirewallTexts()
        texts.nftables = run("nft", ["-j", "list", "ruleset"], &texts.failures)
        for (name, path) in [
            ("iptables", \FirewallTexts.iptables), ("ip6tables", \FirewallTexts.ip6tables),
        ] {
            guard let bytes = run("\(name)-save", [], &texts.failures) else { continue }
            let text = String(decoding: bytes, as: UTF8.self)
            texts[keyPath: path].append(text)
            // The program of our days does not show what the old one loaded.
            let table = name == "iptables" ? "ip" : "ip6"
            guard !text.contains("iptables-legacy"), hasRules("/proc/net/\(table)_tables_names"),
                let old = run("\(name)-legacy-save", [], &texts.failures)
            else { continue }
            texts[keyPath: path].append(String(decoding: old, as: UTF8.self))
        }
        guard texts.isEmpty else { return .found(texts) }
        guard texts.failures.isEmpty else {
            return .closed(texts.failures.joined(separator: "; "))
        }
        return .closed("neither nft nor iptables-save is installed, which would show the rules")
    }

    private static func hasRules(_ path: String) -> Bool {
        KernelReader.text(path)?.contains { !$0.isWhitespace } == true
    }

    /// Nil where the tool is not installed, or fails.
    private static func run(
        _ name: String, _ words: [String], _ failures: inout [String]
    ) -> [UInt8]? {
        guard let path = ProgramOutput.find(name) else { return nil }
        do throws(SystemError) {
            let result = try ProgramOutput.read([path] + words, bytesMax: bytesMax)
            guard result.code == 0 else {
                let line = result.errors.split(separator: "\n").first.map(String.init)
                failures.append("\(name): \(line ?? "it ends with \(result.code)")")
                return nil
            }
            return result.output
        } catch {
            failures.append("\(name): \(error.errno.text)")
            return nil
        }
    }
}
