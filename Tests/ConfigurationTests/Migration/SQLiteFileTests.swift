import Testing

@testable import Configuration

/// `Fixtures/databases/turndb` is coturn's schema in pages of 512 bytes, written by SQLite: trees
/// of several pages, and a name that does not fit into one.
@Suite struct SQLiteFileTests {
    private let bytes: [UInt8]

    init() throws { bytes = try Repository.bytes(Repository.fixtures + "/databases/turndb") }

    @Test func rowsOfManyPagesComeInOrder() throws {
        let rows = try #require(try SQLiteFile(bytes).rows(of: "turnusers_lt"))
        #expect(rows.count == 44)
        for number in 1...40 {
            let name = "user" + (number < 10 ? "0" : "") + String(number)
            #expect(rows[number - 1]["name"] == name)
            #expect(rows[number - 1]["realm"] == "example.org")
        }
        #expect(rows[40]["name"] == String(repeating: "x", count: 700))
        #expect(rows[40]["hmackey"] == "00000000000000000000000000000063")
    }

    @Test func numbersAreText() throws {
        let row = try #require(try SQLiteFile(bytes).rows(of: "oauth_key")?.first)
        #expect(row["timestamp"] == "1234567890" && row["lifetime"] == "-5")
    }

    @Test func aTableThatIsNotThereIsNil() throws {
        #expect(try SQLiteFile(bytes).rows(of: "turn_user") == nil)
    }

    @Test func columnsAreReadFromTheirTable() {
        let sql = """
            CREATE TABLE "t" (realm varchar(127) default '', [name] varchar(512), `k` char(8),
            PRIMARY KEY (realm,name), unique(k))
            """
        #expect(SQLiteFile.columns(in: sql) == ["realm", "name", "k"])
        #expect(SQLiteFile.columns(in: "CREATE TABLE t") == [])
    }

    @Test func whatIsNoDatabaseIsRefused() {
        #expect(throws: SQLiteFailure.notADatabase) { try SQLiteFile([]) }
        #expect(throws: SQLiteFailure.notADatabase) {
            try SQLiteFile(Array(repeating: 0, count: 4096))
        }
    }

    @Test func anotherFormIsRefused() throws {
        var log = bytes
        log[18] = 2
        log[19] = 2
        #expect(throws: SQLiteFailure.writeAheadLog) { try SQLiteFile(log) }
        var utf16 = bytes
        utf16[59] = 2
        #expect(throws: SQLiteFailure.notUTF8) { try SQLiteFile(utf16) }
        var size = bytes
        size[17] = 3
        #expect(throws: SQLiteFailure.damaged("page size")) { try SQLiteFile(size) }
    }

    /// Bytes all over the file are turned over, and lengths tried: rows or an error, never a trap
    /// and never without end.
    @Test func damageIsFoundOrHarmless() {
        for place in stride(from: 0, to: bytes.count, by: 11) {
            var damaged = bytes
            damaged[place] ^= place % 2 == 0 ? 0xff : 0x05
            if let file = try? SQLiteFile(damaged) { _ = try? CoturnDatabase(file) }
        }
        for length in stride(from: 0, to: bytes.count, by: 97) {
            if let file = try? SQLiteFile(Array(bytes.prefix(length))) {
                _ = try? CoturnDatabase(file)
            }
        }
    }
}
