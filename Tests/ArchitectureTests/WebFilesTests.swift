import FoundationEssentials
import Testing

@Suite struct WebFilesTests {
    @Test func theProgramHasEveryFileOfTheFolder() throws {
        let repository = Repository.shared
        let wanted = WebFiles.list(of: WebFiles.paths(in: repository))
        if ProcessInfo.processInfo.environment["TURNSTONE_REGENERATE"] == "1" {
            try Data(wanted.utf8).write(
                to: URL(fileURLWithPath: repository.root + "/" + WebFiles.listPath))
        }
        #expect(repository.read(WebFiles.listPath) == wanted)
    }

    @Test func aListNamesEachFileOnce() {
        let list = WebFiles.list(of: ["a.js", "b/c-d.css"])
        #expect(list.contains("a_js[] = {\n#embed \"../Web/a.js\"\n};"))
        #expect(list.contains("    FILE_OF(b_c_d_css, \"/b/c-d.css\"),\n};"))
    }
}
