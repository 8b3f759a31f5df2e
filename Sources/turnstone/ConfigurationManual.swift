import Admin
import Configuration

/// turnstone.conf(5), made from the table of keys.
enum ConfigurationManual {
    static var text: String {
        var page = ManualPage(
            "turnstone.conf", section: 5, about: "configuration of turnstone(1)")
        page.section("Description")
        page.paragraph(
            "The file has the format of coturn's turnserver.conf, and a real one works as it is."
                + " `turnstone serve` looks for /etc/turnstone/turnstone.conf first; `turnstone"
                + " check FILE` says what becomes of each line.")
        page.paragraph(
            "One setting a line: a key, any run of blanks, tabs and `=`, and the value up to the"
                + " end of the line. A value in double quotes loses them. Only whole lines are"
                + " comments, and begin with `#`. A boolean without a value is true. Of a key that"
                + " stands twice the last one counts, unless it may stand several times.")
        page.paragraph(
            "SIGHUP reads the file again. A file with an error changes nothing. Any key may also"
                + " stand on the command line, as `--KEY VALUE`.")
        for group in KeyTable.groups {
            let keys = group.keys.filter(\.doesSomething)
            if keys.isEmpty { continue }
            page.section(group.title)
            for key in keys { page.term(key.name, key.unit, description(of: key)) }
        }
        addRest(to: &page)
        return page.text
    }

    private static func description(of key: Key) -> String {
        var parts = [key.meaning + "."]
        if let note = key.note { parts.append(note) }
        if !key.standard.isEmpty { parts.append("Default: `\(key.standard)`.") }
        if key.isRepeatable { parts.append("May stand several times.") }
        if key.isOwn { parts.append("coturn does not know it.") }
        return parts.joined(separator: " ")
    }

    private static func addRest(to page: inout ManualPage) {
        page.section("Keys of coturn without effect")
        page.paragraph(
            "These are known, and do nothing here or stop the start; `turnstone check` says why: "
                + KeyTable.keys.filter { !$0.doesSomething }.map { "`\($0.name)`" }
                .joined(separator: ", ") + ".")
        page.section("Files")
        page.term("/usr/share/doc/turnstone/examples/turnstone-full.conf", "", "Every key.")
        page.section("See also")
        page.paragraph("`turnstone`(1)")
    }
}

extension Key {
    /// Whether a line with the key changes what the server does.
    var doesSomething: Bool {
        switch verdict {
        case .honoured, .mapped, .dangerous: true
        case .noEffect, .notYet, .refused, .unknown, .invalid: false
        }
    }
}
