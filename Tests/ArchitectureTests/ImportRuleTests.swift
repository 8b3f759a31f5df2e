import Testing

@Suite struct ImportRuleTests {
    @Test func everyImportIsInTheTable() {
        let found = Repository.shared.sources.filter { $0.kind == "swift" }
            .flatMap(ImportRule.check)
        #expect(found.isEmpty, "\(found)")
    }

    @Test func systemAndOpenSSLHeadersHaveOneDoorEach() {
        let found = Repository.shared.sources.filter { $0.kind != "swift" }
            .flatMap(ImportRule.checkIncludes)
        #expect(found.isEmpty, "\(found)")
    }

    @Test func importsGoDownOnly() {
        for (name, room) in ImportRule.rooms {
            for module in room.imports where !ImportRule.outside.contains(module) {
                let below = ImportRule.rooms[module]
                #expect(below != nil, "\(name) imports \(module), which is no room")
                let lower = (below?.level ?? .max) < room.level
                #expect(
                    lower || ImportRule.sameLevel["\(name)>\(module)"] != nil,
                    "\(name) imports \(module), which is not below it")
            }
        }
    }

    @Test func doorsAreHeldByOneRoom() {
        func holders(_ module: String) -> Set<String> {
            Set(ImportRule.rooms.filter { $0.value.imports.contains(module) }.keys)
        }
        #expect(holders("Glibc") == ["LinuxIO"])
        #expect(holders("CLinux") == ["LinuxIO"])
        #expect(holders("COpenSSL") == ["Crypto"])
        #expect(holders("Foundation") == [])
        #expect(
            holders("FoundationEssentials") == ["Admin", "Configuration", "Appliance", "turnstone"])
    }

    @Test func theTableFollowsTheManifest() {
        let manifest = Repository.shared.read("Package.swift") ?? ""
        for target in Set(Repository.shared.sources.map(\.target)) {
            #expect(manifest.contains("name: \"\(target)\""), "\(target) is not in Package.swift")
        }
    }

    @Test(arguments: [
        ("STUN", "import Glibc", "STUN may not import Glibc"),
        ("TURN", "package import LinuxIO", "TURN may not import LinuxIO"),
        ("Forwarding", "import TURN", "Forwarding may not import TURN"),
        ("Admin", "import Foundation", "Admin may not import Foundation"),
        ("Appliance", "@preconcurrency import COpenSSL", "Appliance may not import COpenSSL"),
        ("Primitives", "import struct Glibc.sockaddr_in", "Primitives may not import Glibc"),
        ("Cellar", "import Primitives", "Cellar is not in the table of rooms"),
    ])
    func aForbiddenImportIsFound(target: String, line: String, message: String) {
        let file = SourceFile(path: "Sources/\(target)/A.swift", "// A\n\(line)\n")
        #expect(ImportRule.check(file).map(\.message) == [message])
    }

    @Test(arguments: ["package import Primitives", "import Primitives // why", "// import Glibc"])
    func anAllowedImportPasses(line: String) {
        let file = SourceFile(path: "Sources/STUN/A.swift", line)
        #expect(ImportRule.check(file) == [])
    }

    @Test func aForbiddenIncludeIsFound() {
        let packet = SourceFile(
            path: "Sources/CPacket/a.c", "#include <stdint.h>\n#include <sys/socket.h>\n")
        #expect(ImportRule.checkIncludes(packet).map(\.line) == [2])
        let linux = SourceFile(path: "Sources/CLinux/a.c", "#include <openssl/evp.h>\n")
        #expect(ImportRule.checkIncludes(linux).count == 1)
        let door = SourceFile(path: "Sources/COpenSSL/a.c", "#include <openssl/evp.h>\n")
        #expect(ImportRule.checkIncludes(door) == [])
    }
}
