import Configuration
import JSON
import LinuxIO
import Primitives
import Testing

@testable import Appliance
@testable import Signaling

@Suite struct CallLogLineTests {
    /// What ends a line for one program or another, and what steers terminals.
    private static let hostile =
        "eve\n{\"level\":\"error\"}\r\u{85}\u{2028}\u{2029}\u{1b}[2J\u{9b}2J"
        + "\u{202e}\u{e0041}\u{0}\\\" ok"

    /// The lines that a writer leaves in a file.
    private func written(
        _ format: ServerConfiguration.LogFormat, _ lines: [CallLogLine]
    ) throws -> String {
        let path = "/tmp/ts-log-\(Process.id)-\(Entropy.bytes(6).map(String.init).joined())"
        var settings = ServerConfiguration.LogSettings()
        settings.format = format
        let writer = LogWriter(limit: .info, settings, .file(try LogFile(path: path)))
        writer.write(lines)
        let bytes = try File.read(path, max: 1 << 20)
        try File.remove(path)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func objects(_ text: String) throws -> [JSONValue] {
        #expect(text.hasSuffix("\n"))
        return try text.utf8.split(separator: 0x0a).map { try JSONValue.parse(Array($0).span) }
    }

    @Test("One JSON object for each event of a call, with the call's id and what is known")
    func everyEvent() throws {
        let lines = CallLogEvent.Name.allCases.map { name in
            CallLogLine(
                "c-1", CallLogEvent(name, peer: "p1", user: "ann", reason: "busy", milliseconds: 7))
        }
        let objects = try objects(written(.json, lines))
        #expect(objects.count == CallLogEvent.Name.allCases.count)
        for (object, name) in zip(objects, CallLogEvent.Name.allCases) {
            #expect(object["event"]?.string == "call." + name.rawValue)
            #expect(object["call_id"] == "c-1" && object["level"] == "info")
            #expect(object["peer_id"] == "p1" && object["user_id"] == "ann")
            #expect(object["reason"] == "busy" && object["after_ms"] == 7)
            #expect(object["time"]?.string?.hasSuffix("Z") == true)
            #expect(object["message"]?.string?.hasPrefix("call c-1 ") == true)
        }
    }

    @Test("What is not known is not there")
    func fewFields() throws {
        let line = CallLogLine("c-1", CallLogEvent(.ringing))
        let object = try #require(try objects(written(.json, [line])).first?.object)
        #expect(object.fields.map(\.name) == ["time", "level", "message", "event", "call_id"])
        #expect(line.text == "call c-1 ringing")
    }

    @Test("A hostile name neither ends a line nor steers a terminal, and programs get it whole")
    func hostileNames() throws {
        let name = UserID(Self.hostile)
        let lines = [
            CallLogLine(CallID(Self.hostile), CallLogEvent(.joined, user: name)),
            CallLogLine("c-2", CallLogEvent(.ended, reason: "hangup")),
        ]
        let json = try written(.json, lines)
        let objects = try objects(json)
        #expect(objects.count == 2 && objects[0]["user_id"]?.string == Self.hostile)
        #expect(objects[0]["call_id"]?.string == Self.hostile)
        for format in ServerConfiguration.LogFormat.allCases {
            let text = try written(format, lines)
            #expect(text.split(whereSeparator: \.isNewline).count == 2)
            let isSafe = text.unicodeScalars.allSatisfy { scalar in
                scalar == "\n"
                    || ![.control, .format, .lineSeparator, .paragraphSeparator].contains(
                        scalar.properties.generalCategory)
            }
            #expect(isSafe)
        }
    }

    @Test("Text that is no name of anybody stays as it is")
    func plainText() {
        #expect(LogText.printable("Zoë 李 😀") == "Zoë 李 😀")
        #expect(LogText.escaped(Array(#"{"a":"Zoë\n"}"#.utf8)) == #"{"a":"Zoë\n"}"#)
        #expect(LogText.escaped(Array("\u{e0001}".utf8)) == "\\udb40\\udc01")
    }
}
