import Configuration
import LinuxIO
import Testing

@testable import Appliance

@Suite struct LogWriterTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"),
        (951_782_399, "2000-02-28T23:59:59Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (1_709_251_199, "2024-02-29T23:59:59Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"),
    ])
    func utc(seconds: UInt64, text: String) {
        #expect(TimeText.utc(unixSeconds: seconds) == text)
    }

    @Test(
        "log-mask-addresses: networks instead of addresses, ports and the rest stay",
        arguments: [
            ("203.0.113.77:5000 of ann: refused", "203.0.113.0:5000 of ann: refused"),
            ("peer 10.1.2.3: denied (10.9.8.7).", "peer 10.1.2.0: denied (10.9.8.0)."),
            ("[2001:db8:1:2::5]:443, 2001:db8:1:2::5", "[2001:db8:1::]:443, 2001:db8:1::"),
            ("after 12:30:15 at v1.2.3 of 1.2.3", "after 12:30:15 at v1.2.3 of 1.2.3"),
            ("call c:d ended: hangup", "call c:d ended: hangup"),
        ])
    func mask(line: String, masked: String) { #expect(AddressMask.mask(line) == masked) }

    @Test("Only what is said while clients are served is masked")
    func maskBegins() throws {
        let path = "/tmp/ts-log-mask-\(Process.id)"
        defer { try? File.remove(path) }
        var settings = ServerConfiguration.LogSettings()
        settings.masksAddresses = true
        var writer = LogWriter(limit: .info, settings, .file(try LogFile(path: path)))
        writer.write(.info, "listening on 203.0.113.5:3478")
        writer.beginService()
        writer.write(.info, "203.0.113.5:1 refused")
        let text = try File.readText(path, max: 4096)
        #expect(text.contains("on 203.0.113.5:3478\n") && text.contains(" 203.0.113.0:1 refused\n"))
    }

    @Test("The journal learns the priority of every line, of JSON and of text with several too")
    func journal() {
        let text = LogSink.journalText([
            (.error, "t.conf:1: error\nt.conf:2: error"), (.warning, #"{"level":"warning"}"#),
            (.detail, "allocation"), (.debug, "x"),
        ])
        #expect(
            text == "<3>t.conf:1: error\n<3>t.conf:2: error\n<4>{\"level\":\"warning\"}\n"
                + "<6>allocation\n<7>x\n")
    }

    @Test("A log that goes on elsewhere, in another form, leaves the old file whole")
    func changed() throws {
        let path = "/tmp/ts-log-change-\(Process.id)"
        defer {
            try? File.remove(path)
            try? File.remove(path + ".json")
        }
        var settings = ServerConfiguration.LogSettings()
        var writer = LogWriter(limit: .info, settings, .file(try LogFile(path: path)))
        writer.write(.info, "one")
        settings.format = .json
        writer.change(to: settings, .file(try LogFile(path: path + ".json")))
        writer.write(.warning, "two")
        writer.write(.debug, "never")
        #expect(try File.readText(path, max: 4096).hasSuffix(" INFO  one\n"))
        let json = try File.readText(path + ".json", max: 4096)
        #expect(json.contains(#""level":"warning","message":"two"}"#) && json.hasSuffix("\n"))
    }

    @Test("A file that is turned over is begun anew, at the latest a second later")
    func reopened() throws {
        let path = "/tmp/ts-log-turn-\(Process.id)"
        defer {
            try? File.remove(path)
            try? File.remove(path + ".1")
        }
        let file = try LogFile(path: path)
        try File.rename(path, to: path + ".1")
        file.write("one\n")
        #expect(try File.readText(path, max: 4096) == "one\n")
        #expect(try File.readText(path + ".1", max: 4096) == "")
    }
}
