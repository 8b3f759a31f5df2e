import Testing

@testable import LinuxIO

@Suite struct ProgramOutputTests {
    private func shell(
        _ script: String, seconds: Int = 5, bytesMax: Int = 1_000
    ) throws(SystemError) -> ProgramOutput {
        try ProgramOutput.read(["/bin/sh", "-c", script], seconds: seconds, bytesMax: bytesMax)
    }

    @Test func whatItSaysAndHowItEnds() throws {
        let result = try shell("printf out; printf err >&2; exit 3")
        #expect(result.output == Array("out".utf8))
        #expect(result.errors == "err" && result.code == 3)
        #expect(try shell("kill -9 $$").code == 137)
    }

    @Test func itHasNoInputAndAPlainLanguage() throws {
        #expect(try shell("cat; printf %s \"$LC_ALL\"").output == Array("C".utf8))
    }

    @Test func outputIsBounded() throws {
        #expect(try shell("printf 1234", bytesMax: 4).output.count == 4)
        #expect(throws: SystemError(.messageTooLong, call: "posix_spawn")) {
            try shell("while :; do printf 0123456789; done", bytesMax: 100)
        }
        // Of its complaints the beginning is enough.
        #expect(try shell("head -c 100000 /dev/zero >&2; printf a").output == Array("a".utf8))
    }

    @Test func timeIsBounded() throws {
        // Also where the output is closed, or what it started keeps it open.
        for script in ["sleep 60", "exec >&- 2>&-; sleep 60", "sleep 60 & wait"] {
            #expect(throws: SystemError(.timedOut, call: "posix_spawn")) {
                try shell(script, seconds: 1)
            }
        }
    }

    @Test func programsOfTheSystemAreFound() throws {
        #expect(ProgramOutput.find("sh")?.hasSuffix("/sh") == true)
        #expect(ProgramOutput.find("no-such-program") == nil)
        #expect(throws: SystemError(.noSuchFile, call: "posix_spawn")) {
            try ProgramOutput.read(["/no/such/program"], bytesMax: 10)
        }
    }

    @Test func somebodyKeepsTheClockOrNobodyDoes() throws {
        #expect(try Clock.keeping().errorMicroseconds >= 0)
    }
}
