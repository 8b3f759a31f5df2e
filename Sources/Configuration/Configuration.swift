// Configuration: coturn's file grammar, every key it ever had, and a verdict for each line.
//
// Owns the grammar of `turnserver.conf`, the table of all keys (coturn's 4.5 to 4.17 and
// Turnstone's own), the values they give (`ServerConfiguration`) and what `turnstone check` says
// about a file (`Report`). Never reads a file, resolves a name or looks at the machine: text comes
// in, values go out, and the Appliance does the rest.

/// The entry to this target: text in, settings and a report out.
package enum Configuration {
    /// Reads a configuration file; command-line `overrides` come after it and win.
    ///
    /// The settings are nil when the report holds an error: a value that cannot be understood must
    /// stop the start, since running on half a configuration is worse than not running.
    ///
    /// - Parameter file: the name shown in the report; nothing is opened.
    package static func parse(
        _ bytes: [UInt8], file: String, overrides: [Override] = []
    ) -> (ServerConfiguration?, Report) {
        var reader = Reader(file: file)
        reader.readFile(bytes)
        for override in overrides { reader.read(Line(override)) }
        reader.review()
        return (reader.report.starts ? reader.configuration : nil, reader.report)
    }

    /// Reads configuration text; see the form that takes bytes.
    package static func parse(
        _ text: String, file: String, overrides: [Override] = []
    ) -> (ServerConfiguration?, Report) {
        parse(Array(text.utf8), file: file, overrides: overrides)
    }

    /// Runs everything that hostile file bytes can reach; the fuzz target calls it, nothing else.
    package static func fuzz(line bytes: [UInt8]) {
        let (_, report) = parse(bytes, file: "fuzz")
        _ = report.text
        _ = report.json
    }

    /// Where a configuration file is looked for when `-c` names none, best first.
    ///
    /// Turnstone's own place, then coturn's search order (`apputils.c`, find_config_file): a
    /// machine that ran coturn needs no new file.
    package static let searchPaths: [String] =
        ["/etc/turnstone/turnstone.conf"] + coturnFolders.map { $0 + "turnserver.conf" }

    private static let coturnFolders = [
        "./", "./turnserver/", "./coturn/", "./etc/", "./etc/turnserver/", "./etc/coturn/",
        "../etc/", "../etc/turnserver/", "../etc/coturn/", "/etc/", "/etc/turnserver/",
        "/etc/coturn/", "/usr/local/etc/", "/usr/local/etc/turnserver/", "/usr/local/etc/coturn/",
    ]
}
