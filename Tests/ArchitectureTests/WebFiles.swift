/// The list of pages in the program, as `Sources/CWeb/files.c` has to be for a folder of files.
enum WebFiles {
    static let listPath = "Sources/CWeb/files.c"
    private static let folder = "Sources/Web/"

    /// Every file of `Sources/Web`, with its path from there on.
    static func paths(in repository: Repository) -> [String] {
        repository.paths.filter { $0.hasPrefix(folder) && repository.isFile($0) }
            .map { String($0.dropFirst(folder.count)) }
    }

    static func list(of paths: [String]) -> String {
        let arrays = paths.map { path in
            "static const unsigned char \(name(of: path))[] = {\n"
                + "#embed \"../Web/\(path)\"\n};\n"
        }
        let rows = paths.map { "    FILE_OF(\(name(of: $0)), \"/\($0)\"),\n" }
        return opening + arrays.joined() + middle + rows.joined() + closing
    }

    private static func name(of path: String) -> String {
        String(path.map { $0.isLetter || $0.isNumber ? $0 : "_" })
    }

    private static let opening = """
        #include "CWeb.h"

        // Every file of Sources/Web. ArchitectureTests compares the list with the folder, and
        // writes it anew with TURNSTONE_REGENERATE=1. `#embed` is C23, which clang has in any mode.
        #pragma clang diagnostic ignored "-Wc23-extensions"


        """

    private static let middle = """

        #define FILE_OF(name, path) {path, name, sizeof name}

        static const struct ts_web_file files[] = {

        """

    private static let closing = """
        };

        struct ts_web_file ts_web_file_at(unsigned long index) {
            struct ts_web_file none = {0, 0, 0};
            return index < sizeof files / sizeof files[0] ? files[index] : none;
        }

        """
}
