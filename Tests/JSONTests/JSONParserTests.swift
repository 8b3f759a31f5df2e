import Testing

@testable import JSON

@Suite struct JSONParserTests {
    private static func parse(_ text: String) throws(JSONFailure) -> JSONValue {
        let bytes = Array(text.utf8)
        return try JSONValue.parse(bytes.span)
    }

    @Test(
        arguments: [
            ("null", .null), (" true ", true), ("false", false), ("0", 0), ("-0", 0),
            ("12", 12), ("-7", -7), ("9223372036854775807", .integer(.max)),
            ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("1.5", .number(1.5)),
            ("1e2", .number(100)), ("1E+2", .number(100)), ("25e-1", .number(2.5)),
            ("\"\"", ""), ("\"a\\n\\u00e9\\ud83d\\ude00\\/\"", "a\né😀/"), ("[]", []),
            ("[1,[2],{}]", [1, [2], [:]]), ("{\"a\":1,\"b\":[true]}", ["a": 1, "b": [true]]),
            ("\t{ \"a\" :\r\n null }", ["a": nil]),
        ] as [(String, JSONValue)])
    func reads(text: String, value: JSONValue) throws {
        #expect(try Self.parse(text) == value)
    }

    @Test(
        arguments: [
            "", " ", "nul", "tru", "01", "-", "-a", "1.", ".5", "1e", "+1", "1 2", "[1,]", "[,1]",
            "[1", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "'a'", "\"a", "\"\\x\"",
            "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\n\"",
            "\u{feff}1", "NaN", "Infinity", "1e999", "{\"a\":1,\"a\":2}", "\u{0}", "]", "// 1",
        ])
    func refuses(text: String) {
        #expect(throws: JSONFailure.self) { try Self.parse(text) }
    }

    @Test func refusesBytesThatAreNoText() {
        for bytes in [
            [0x22, 0xff, 0x22], [0x22, 0xc0, 0x80, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22],
        ] {
            let bytes = bytes.map { UInt8($0) }
            #expect(throws: JSONFailure.invalidText(at: 0)) { try JSONValue.parse(bytes.span) }
        }
    }

    @Test func bounds() throws {
        let deep = String(repeating: "[", count: 8) + String(repeating: "]", count: 8)
        _ = try Self.parse(deep)
        #expect(throws: JSONFailure.tooDeep(max: 8)) { try Self.parse("[\(deep)]") }
        let many = Array("[1,2,3]".utf8)
        #expect(throws: JSONFailure.tooManyValues(max: 3)) {
            try JSONValue.parse(many.span, limits: JSONLimits(valuesMax: 3))
        }
        let endless = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        #expect(throws: JSONFailure.tooDeep(max: 8)) { try JSONValue.parse(endless.span) }
    }

    @Test("What was read is read again from what it is written as")
    func roundTrip() throws {
        let text = #"{"a":[1,-2,0.5,true,null,"x\"\\\n\u0001é"],"b":{"c":{}}}"#
        let value = try Self.parse(text)
        #expect(try Self.parse(String(decoding: value.bytes, as: UTF8.self)) == value)
    }

    @Test("No bytes make it trap", arguments: 0..<20)
    func random(seed: Int) {
        var state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 | 1
        let alphabet = Array(#"{}[]:,"\u0123eE+-.tfn alse"#.utf8) + [0xc3, 0xa9, 0xff, 0]
        for _ in 0..<500 {
            let bytes = (0..<40).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return alphabet[Int(state >> 33) % alphabet.count]
            }
            if let value = try? JSONValue.parse(bytes.span) {
                #expect((try? JSONValue.parse(value.bytes.span)) == value)
            }
        }
    }
}
